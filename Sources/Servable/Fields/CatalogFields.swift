import Artifacts
import CandidateIndex

/// The catalog's fields where they lie in a mapped file: the sorted distinct values of each, and the candidates that have
/// them. Nothing is built when it is opened, and a filter costs the candidates that it names.
struct CatalogFields: Sendable {
  private let fields: [CatalogField]
  private let candidateCount: Int

  /// A servable of version 1 has none.
  init(_ file: ArtifactFile, candidateCount: Int) throws {
    self.candidateCount = candidateCount
    fields = try (file.header.schema["fields"]?.array ?? []).enumerated().map { number, entry in
      try CatalogField("fields/\(number)", entry, in: file)
    }
  }

  /// By their names.
  var names: [String] { fields.map(\.name) }

  /// Of each field the values that a candidate has, in their order.
  func values(of candidate: Int) -> [(name: String, values: [String])] {
    fields.map { (name: $0.name, values: $0.values(of: UInt32(candidate))) }
  }

  /// The candidates that meet all of `filter`.
  func candidates(allowedBy filter: FieldFilter) throws(FieldFilter.Refusal) -> CandidateFilter {
    var asked: [(field: CatalogField, places: [Range<Int>])] = []
    for condition in filter.only {
      let (field, places) = try find(condition)
      if let before = asked.firstIndex(where: { $0.field.name == field.name }) {
        asked[before].places.append(places)
      } else {
        asked.append((field, [places]))
      }
    }
    var barred: [Int] = []
    for condition in filter.not {
      let (field, places) = try find(condition)
      barred += field.candidates(of: places)
    }
    return asked.reduce(CandidateFilter(excluding: barred, of: candidateCount)) { allowed, asked in
      let having = asked.places.flatMap { asked.field.candidates(of: $0) }
      return allowed.intersection(CandidateFilter(including: having, of: candidateCount))
    }
  }

  private func find(
    _ condition: FieldFilter.Condition
  ) throws(FieldFilter.Refusal) -> (field: CatalogField, places: Range<Int>) {
    guard let field = fields.first(where: { $0.name == condition.field }) else {
      throw .unknownField(condition.field, like: nearestName(to: condition.field, among: names), there: names)
    }
    return (field, try field.places(of: condition.value))
  }
}

/// One field: its values, and behind each other the candidates of each value, rising.
private struct CatalogField: @unchecked Sendable {
  private enum Values {
    case texts(MappedStrings)
    case integers(MappedNumbers<Int64>)
    case reals(MappedNumbers<Double>)

    var count: Int {
      switch self {
      case .texts(let values): values.count
      case .integers(let values): values.count
      case .reals(let values): values.count
      }
    }

    subscript(place: Int) -> String {
      switch self {
      case .texts(let values): values[place]
      case .integers(let values): "\(values[place])"
      case .reals(let values): readable(values[place])
      }
    }
  }

  let name: String
  private let values: Values
  private let starts: UnsafeBufferPointer<UInt64>
  private let candidates: UnsafeBufferPointer<UInt32>
  private let owner: ArtifactFile

  init(_ section: String, _ entry: JSON, in file: ArtifactFile) throws {
    func malformed(_ part: String, _ reason: String) -> FileError {
      FileError(file.path, ArtifactError.malformed(part: part, reason: reason))
    }
    guard let name = entry["name"]?.string else { throw malformed("schema", "a field has no name") }
    self.name = name
    switch entry["kind"]?.string {
    case "text": values = .texts(try MappedStrings(section, in: file))
    case "integer": values = .integers(try MappedNumbers("\(section)/values", in: file))
    case "real": values = .reals(try MappedNumbers("\(section)/values", in: file))
    default: throw malformed("schema", "the kind of the field \"\(name)\" is unknown to this build; update Tandem")
    }
    starts = try file.mapped("\(section)/starts")
    candidates = try file.mapped("\(section)/candidates")
    owner = file
    guard starts.count == values.count + 1, starts.first == 0, starts.last == UInt64(candidates.count) else {
      throw malformed("section \"\(section)/starts\"", "it does not part the candidates by the field's values")
    }
  }

  /// Which values are asked for.
  func places(of text: String) throws(FieldFilter.Refusal) -> Range<Int> {
    switch values {
    case .texts(let values):
      guard let place = values.index(of: text) else {
        let all = (0..<values.count).lazy.map { values[$0] }
        throw .unknownValue(text, field: name, like: nearestName(to: text, among: all))
      }
      return place..<place + 1
    case .integers(let values): return try places(text, in: values, isWhole: true) { Int64($0) }
    case .reals(let values):
      return try places(text, in: values, isWhole: false) { Double($0).flatMap { $0.isFinite ? $0 : nil } }
    }
  }

  private func places<Number>(
    _ text: String, in values: MappedNumbers<Number>, isWhole: Bool, _ number: (Substring) -> Number?
  ) throws(FieldFilter.Refusal) -> Range<Int> {
    guard let range = NumberRange(text, number) else { throw .notANumber(text, field: name, isWhole: isWhole) }
    if let low = range.low, let high = range.high, low > high { throw .emptyRange(text, field: name) }
    let start = range.low.map { values.count(below: $0) } ?? 0
    let end = range.high.map { values.count(upTo: $0) } ?? values.count
    return start..<max(start, end)
  }

  /// Starts that do not rise, in a damaged file, give nothing; a filter passes over numbers that no candidate has.
  func candidates(of places: Range<Int>) -> [Int] {
    let (start, end) = (starts[places.lowerBound], starts[places.upperBound])
    guard start <= end, end <= UInt64(candidates.count) else { return [] }
    return candidates[Int(start)..<Int(end)].map { Int($0) }
  }

  /// A walk along the candidates of all values, which costs less than a millisecond for a million.
  func values(of candidate: UInt32) -> [String] {
    guard let start = candidates.baseAddress else { return [] }
    var found: [String] = []
    for place in 0..<candidates.count where start[place] == candidate {
      let value = value(at: UInt64(place))
      if value < values.count { found.append(values[value]) }
    }
    return found
  }

  /// Whose candidates have a place among them.
  private func value(at place: UInt64) -> Int {
    var (low, high) = (0, values.count)
    while low < high {
      let middle = (low + high) / 2
      if starts[middle + 1] > place { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
