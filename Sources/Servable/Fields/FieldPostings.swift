import Artifacts
import CanonicalJSON
import Interactions
import Tables

/// The posting lists of a field of the catalog: its distinct values, and the candidates that have each.
struct FieldPostings {
  private enum Values {
    case texts(Strings)
    case integers([Int64])
    case reals([Double])

    var kind: JSON {
      switch self {
      case .texts: "text"
      case .integers: "integer"
      case .reals: "real"
      }
    }

    var count: Int {
      switch self {
      case .texts(let values): values.count
      case .integers(let values): values.count
      case .reals(let values): values.count
      }
    }
  }

  private let name: String
  private let values: Values
  /// The start of each value's candidates, and the end of the last.
  private let starts: [UInt64]
  /// The candidates, sorted within a value.
  private let candidates: [UInt32]

  /// Returns the posting lists of all fields of a catalog except the candidates' key.
  ///
  /// - Throws: if the catalog does not name them.
  static func of(_ catalog: Catalog, for candidates: Vocabulary) throws -> [FieldPostings] {
    let rows = candidates.rows(of: try catalog.values(of: candidates.column))
    let own = candidates.column == catalog.referencedBy ? catalog.key : candidates.column
    return catalog.table.columns.filter { $0.name != own }.map { FieldPostings($0, rows: rows) }
  }

  /// - Parameter rows: the embedding row of each row of the column; 0 for candidates that the model does not have.
  private init(_ column: Column, rows: [Int32]) {
    name = column.name
    var pairs: [UInt64] = []
    func add(_ value: Int, _ row: Int) {
      guard let candidate = EmbeddingRow(index: rows[row]).number(CandidateNumber.self) else { return }
      pairs.append(UInt64(value) << 32 | UInt64(candidate.value))
    }
    switch column.values {
    case .text(let text):
      values = .texts(text.dictionary)
      for (row, code) in text.codes.enumerated() { add(Int(code), row) }
    case .textLists(let starts, let items):
      values = .texts(items.dictionary)
      for row in rows.indices { for item in starts[row]..<starts[row + 1] { add(Int(items.codes[Int(item)]), row) } }
    case .integers(let numbers, let present):
      let distinct = Self.number(numbers, present, add)
      values = .integers(distinct)
    case .reals(let numbers, let present):
      let distinct = Self.number(numbers, present, add)
      values = .reals(distinct)
    }
    // A candidate in several rows of the catalog has the values of all of them.
    var (starts, candidates, last): ([UInt64], [UInt32], UInt64?) = ([], [], nil)
    for pair in pairs.sorted() where pair != last {
      while starts.count <= pair >> 32 { starts.append(UInt64(candidates.count)) }
      candidates.append(UInt32(truncatingIfNeeded: pair))
      last = pair
    }
    while starts.count <= values.count { starts.append(UInt64(candidates.count)) }
    (self.starts, self.candidates) = (starts, candidates)
  }

  /// Returns the sorted distinct numbers, and calls `add` with each row and the position of its number among them.
  private static func number<Number: Hashable & Comparable>(
    _ numbers: [Number], _ present: [UInt8]?, _ add: (_ value: Int, _ row: Int) -> Void
  ) -> [Number] {
    let rows = numbers.indices.filter { present?[$0] != 0 }
    let distinct = Set(rows.map { numbers[$0] }).sorted()
    let places = Dictionary(uniqueKeysWithValues: distinct.enumerated().map { ($1, $0) })
    for row in rows { if let place = places[numbers[row]] { add(place, row) } }
    return distinct
  }

  var schema: JSON { ["name": JSON(name), "kind": values.kind] }

  /// The field and the values to filter by, for display.
  var description: String { "\(name) (\(span))" }

  private var span: String {
    switch values {
    case .texts(let values): "\(values.count) values"
    case .integers(let values): Self.span(values)
    case .reals(let values): Self.span(values)
    }
  }

  private static func span<Number>(_ values: [Number]) -> String {
    guard let first = values.first, let last = values.last else { return "no numbers" }
    return "\(first) to \(last)"
  }

  /// Writes the field's sections.
  ///
  /// - Parameter section: the prefix of the sections' names.
  func write(_ section: String, to writer: ArtifactWriter) throws {
    switch values {
    case .texts(let values):
      try writer.add("\(section)/offsets", values.offsets, codec: .raw)
      try writer.add("\(section)/bytes", values.bytes, codec: .raw)
    case .integers(let values): try writer.add("\(section)/values", values, codec: .raw)
    case .reals(let values): try writer.add("\(section)/values", values, codec: .raw)
    }
    try writer.add("\(section)/starts", starts, codec: .raw)
    try writer.add("\(section)/candidates", candidates, codec: .raw)
  }
}
