import Artifacts
import CandidateIndex
import CanonicalJSON
import DisplayText

/// The catalog's fields where they lie in a mapped file: the sorted distinct values of each, and the candidates that have
/// them. Nothing is built when it is opened, and a filter costs the candidates that it names.
struct CatalogFields: Sendable {
  private let fields: [CatalogField]
  private let numbers: [String: Int]
  private let candidateCount: Int

  /// A servable of version 1 has none.
  init(_ file: ArtifactFile, candidateCount: Int) throws {
    self.candidateCount = candidateCount
    fields = try (file.header.schema["fields"]?.array ?? []).enumerated().map { number, entry in
      try CatalogField("fields/\(number)", entry, in: file, candidateCount: candidateCount)
    }
    // Of fields of one name, in a file of other programs, the first counts.
    numbers = Dictionary(fields.enumerated().map { ($1.name, $0) }) { first, _ in first }
  }

  subscript(name: String) -> CatalogField? { numbers[name].map { fields[$0] } }

  /// By their names.
  var names: [String] { fields.map(\.name) }

  /// Of each field the values that a candidate has, in their order.
  ///
  /// The first of these costs what `prepare` does.
  func values(of candidate: Int) -> [(name: String, values: [String])] {
    fields.map { (name: $0.name, values: $0.values(of: candidate)) }
  }

  /// Turns the candidates of each value round, into the values of each candidate: one pass, and for each field 4 bytes for
  /// each candidate and each value that one has, which are kept.
  func prepare() {
    for field in fields { field.prepare() }
  }

  /// The candidates that meet all of `filter`, at the cost of those that have what is named, however often it is.
  func candidates(allowedBy filter: FieldFilter) throws(FieldFilter.Refusal) -> CandidateFilter {
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

  /// Of each field that is named, by number, the values that are.
  private func places(
    of conditions: [FieldFilter.Condition]
  ) throws(FieldFilter.Refusal) -> [Int: [Range<Int>]] {
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
