import Artifacts
import CanonicalJSON
import DisplayText
import Kernels
import SystemFiles

/// One field of the catalog: its sorted values, and the sorted candidates of each.
struct CatalogField: Sendable {
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
  private let starts: SharedValues<UInt64>
  private let candidates: SharedValues<UInt32>
  private let candidateCount: Int
  private let byCandidate = BuiltOnce<ValuesByCandidate>()

  init(_ section: String, _ entry: JSON, in file: ArtifactFile, candidateCount: Int) throws {
    func malformed(_ part: String, _ reason: ArtifactFlaw) -> FileError {
      FileError(file.path, ArtifactError.malformed(part: part, reason: reason))
    }
    guard let name = entry["name"]?.string else { throw malformed("schema", .missing("name of a field")) }
    self.name = name
    switch entry["kind"]?.string {
    case "text": values = .texts(try MappedStrings(section, in: file))
    case "integer": values = .integers(try MappedNumbers("\(section)/values", in: file))
    case "real": values = .reals(try MappedNumbers("\(section)/values", in: file))
    case let kind:
      let flaw = ArtifactFlaw.unknownName(
        kind ?? "", of: "kind of the field \"\(name)\"", known: ["text", "integer", "real"])
      throw malformed("schema", flaw)
    }
    starts = try file.mapped("\(section)/starts")
    candidates = try file.mapped("\(section)/candidates")
    self.candidateCount = candidateCount
    guard starts.count == values.count + 1, starts.first == 0, starts.last == UInt64(candidates.count) else {
      throw malformed("section \"\(section)/starts\"", .startsDoNotSpanCandidates)
    }
  }

  /// Returns the range of values that a condition's text names.
  func places(of text: String) throws(ServableError) -> Range<Int> {
    switch values {
    case .texts(let values):
      guard let place = values.index(of: text) else {
        throw .unknownValue(text, field: name, like: values.nearest(to: text))
      }
      return place..<place + 1
    case .integers(let values): return try places(text, in: values, isWhole: true) { Int64($0) }
    case .reals(let values):
      return try places(text, in: values, isWhole: false) { Double($0).flatMap { $0.isFinite ? $0 : nil } }
    }
  }

  private func places<Number>(
    _ text: String, in values: MappedNumbers<Number>, isWhole: Bool, _ number: (Substring) -> Number?
  ) throws(ServableError) -> Range<Int> {
    guard let range = NumberRange(text, number) else { throw .notANumber(text, field: name, isWhole: isWhole) }
    if let low = range.low, let high = range.high, low > high { throw .emptyRange(text, field: name) }
    let start = range.low.map { values.count(below: $0) } ?? 0
    let end = range.high.map { values.count(upTo: $0) } ?? values.count
    return start..<max(start, end)
  }

  /// The candidates of some values, value by value and each value once.
  ///
  /// Starts that do not rise, in a damaged file, give nothing; a filter passes over numbers that no candidate has.
  func candidates(of places: [Range<Int>]) -> [SharedValues<UInt32>] {
    var (lists, last) = ([SharedValues<UInt32>](), UInt64(0))
    for range in places.merged() {
      let (start, end) = (starts[range.lowerBound], starts[range.upperBound])
      guard last <= start, start <= end, end <= UInt64(candidates.count) else { continue }
      last = end
      lists.append(candidates.part(Int(start)..<Int(end)))
    }
    return lists
  }

  func prepare() { _ = valuesByCandidate() }

  /// The first of a candidate's texts, in UTF-8, where it lies; nil where it has none that is not empty.
  func firstText(of candidate: Int) -> UnsafeBufferPointer<UInt8>? {
    guard case .texts(let texts) = values else { return nil }
    return unsafe valuesByCandidate()[candidate].lazy.map { unsafe texts.utf8(Int($0)) }.first { !$0.isEmpty }
  }

  /// Candidates with a value that contains a text, ignoring case, value by value, at most `limit`.
  func candidates(containing text: String, limit: Int) -> [UInt32] {
    guard case .texts(let texts) = values else { return [] }
    var found: [UInt32] = []
    for place in texts.places(containing: text, limit: limit) where found.count < limit {
      found += candidates(of: [place..<place + 1]).joined().filter { $0 < candidateCount }
    }
    return Array(found.prefix(limit))
  }

  /// A candidate's values, in their order.
  func values(of candidate: Int) -> [String] { valuesByCandidate()[candidate].map { values[Int($0)] } }

  private func valuesByCandidate() -> ValuesByCandidate {
    byCandidate.value {
      ValuesByCandidate(starts: starts, candidates: candidates, candidateCount: candidateCount)
    }
  }
}

extension [Range<Int>] {
  /// The ranges in rising order, with those that overlap or touch merged.
  fileprivate func merged() -> [Range<Int>] {
    var merged: [Range<Int>] = []
    for range in sorted(by: { $0.lowerBound < $1.lowerBound }) where !range.isEmpty {
      if let last = merged.last, range.lowerBound <= last.upperBound {
        merged[merged.count - 1] = last.lowerBound..<Swift.max(last.upperBound, range.upperBound)
      } else {
        merged.append(range)
      }
    }
    return merged
  }
}
