import Artifacts
import CandidateIndex
import CanonicalJSON
import DisplayText

/// The catalog's fields in a mapped file: the sorted distinct values of each, and the candidates that have them.
/// Opening builds nothing, and a filter costs O(candidates with its values).
struct CatalogFields: Sendable {
  private let fields: [CatalogField]
  private let numbers: [String: Int]
  private let candidateCount: Int

  /// Opens the fields that the schema describes; servables of version 1 have none.
  init(_ file: ArtifactFile, candidateCount: Int) throws {
    self.candidateCount = candidateCount
    fields = try (file.header.schema["fields"]?.array ?? []).enumerated().map { number, entry in
      try CatalogField("fields/\(number)", entry, in: file, candidateCount: candidateCount)
    }
    // The first field of a name counts; only files of other programs repeat one.
    numbers = Dictionary(fields.enumerated().map { ($1.name, $0) }) { first, _ in first }
  }

  subscript(name: String) -> CatalogField? { numbers[name].map { fields[$0] } }

  /// The fields' names.
  var names: [String] { fields.map(\.name) }

  /// Returns the values of a candidate in each field, in the order of the values.
  ///
  /// The first call costs as much as `prepare`.
  func values(of candidate: Int) -> [(name: String, values: [String])] {
    fields.map { (name: $0.name, values: $0.values(of: candidate)) }
  }

  /// Builds the values of each candidate from the candidates of each value. One pass; keeps, for each field, 4 bytes
  /// for each candidate and each of its values.
  func prepare() {
    for field in fields { field.prepare() }
  }

  /// Returns the candidates that meet all of `filter`. O(candidates with the named values); repeated conditions are
  /// free.
  func candidates(allowedBy filter: FieldFilter) throws(ServableError) -> CandidateFilter {
    let asked = try places(of: filter.only)
    let barred = try places(of: filter.not)
    var allowed = CandidateFilter(
      excludingAll: barred.flatMap { fields[$0.key].candidates(of: $0.value) }, of: candidateCount)
    for (field, places) in asked {
      allowed = allowed.intersection(
        CandidateFilter(includingAll: fields[field].candidates(of: places), of: candidateCount))
    }
    return allowed
  }

  /// Returns the ranges of values that the conditions name, by the number of the field.
  private func places(
    of conditions: [FieldFilter.Condition]
  ) throws(ServableError) -> [Int: [Range<Int>]] {
    var (asked, known) = ([Int: [Range<Int>]](), Set<FieldFilter.Condition>())
    for condition in conditions where known.insert(condition).inserted {
      guard let field = numbers[condition.field] else {
        throw .unknownField(condition.field, like: nearestName(to: condition.field, among: names), there: names)
      }
      asked[field, default: []].append(try fields[field].places(of: condition.value))
    }
    return asked
  }
}
