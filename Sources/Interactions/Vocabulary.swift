import Artifacts
import CanonicalJSON
import SystemFiles
import Tables

/// The distinct values of a column in the order of their bytes, as `np.unique` gives them. Row 0 of every table that
/// follows it is for what is out of vocabulary, so value i has row i + 1, as Keras' `StringLookup(mask_token=None)`.
package struct Vocabulary: Sendable, Equatable {
  package let column: String
  package let values: Strings
  /// Interactions of each value.
  package let counts: [Int64]

  package var rows: Int { values.count + 1 }

  package init(column: String, values: Strings, counts: [Int64]) {
    precondition(values.count == counts.count, "\(counts.count) counts for \(values.count) values")
    self.column = column
    self.values = values
    self.counts = counts
  }

  /// Over the values of the interactions and, where there are any, of the catalog.
  package init(column: String, interactions: TextColumn, catalog: TextColumn? = nil) {
    var interner = Interner()
    let codes = interactions.dictionary.array.map { interner.intern($0) }
    var counts = [Int64](repeating: 0, count: codes.count)
    for code in interactions.codes { counts[Int(code)] += 1 }
    for value in catalog?.dictionary.array ?? [] { _ = interner.intern(value) }
    let order = interner.strings.sortedOrder()
    // Interned first and in order, the interactions' values have their codes as numbers.
    self.init(
      column: column, values: interner.strings.selecting(order),
      counts: order.map { $0 < counts.count ? counts[$0] : 0 })
  }

  /// Row of a value; 0 where it is out of vocabulary.
  package func row(of value: String) -> Int { values.sortedIndex(of: value).map { $0 + 1 } ?? 0 }

  /// Rows of some distinct values, in their order.
  package func rows(of dictionary: Strings) -> [EmbeddingRow] {
    dictionary.places(in: values).map { $0 < 0 ? .unknown : QueryNumber($0).row }
  }

  /// Rows of a column's values.
  package func rows(of column: TextColumn) -> [Int32] {
    let rows = rows(of: column.dictionary)
    return column.codes.map { rows[Int($0)].index }
  }

  /// The value of a row above 0.
  package subscript(row row: Int) -> String { values[row - 1] }

  package func table(_ name: String) -> Table {
    Table(
      name, rows: values.count,
      columns: [
        Column("value", .text(TextColumn(codes: (0..<UInt32(values.count)).map { $0 }, unsorted: values))),
        Column("interactions", integers: counts),
      ])
  }

  package init(_ name: String, column: String, from file: ArtifactFile) throws {
    let table = try Table(name, from: file)
    self = try naming(file.path) {
      guard let text = table.text("value"), let counts = table.integers("interactions"),
        text.codes.enumerated().allSatisfy({ $0 == $1 })
      else { throw ArtifactError.malformed(part: "table \"\(name)\"", reason: "it is not a vocabulary") }
      return Vocabulary(column: column, values: text.dictionary, counts: counts)
    }
  }
}

/// The vocabularies of both towers.
package struct Vocabularies: Sendable, Equatable {
  package static let type = ArtifactType("vocabularies", version: 1)

  package let query: Vocabulary
  package let candidate: Vocabulary

  package init(query: Vocabulary, candidate: Vocabulary) {
    self.query = query
    self.candidate = candidate
  }

  /// What a schema says of them, wherever they are stored.
  package var schema: [String: JSON] {
    [
      "tables": [query.table("queries").schema, candidate.table("candidates").schema],
      "columns": ["query": JSON(query.column), "candidate": JSON(candidate.column)],
    ]
  }

  package func write(to writer: ArtifactWriter) throws {
    try query.table("queries").write(to: writer)
    try candidate.table("candidates").write(to: writer)
  }

  package func publish(to path: String, lineage: Lineage) throws {
    let writer = try ArtifactWriter(path: path, type: Self.type, schema: .object(schema))
    try write(to: writer)
    try writer.publish(
      lineage: lineage,
      summary: Summary(
        [query, candidate].map { .fact("distinct \($0.column)", "\($0.values.count), and row 0 for all others") }))
  }

  package init(_ file: ArtifactFile) throws {
    guard let query = file.header.schema["columns"]?["query"]?.string,
      let candidate = file.header.schema["columns"]?["candidate"]?.string
    else {
      throw FileError(file.path, ArtifactError.malformed(part: "schema", reason: "it does not name its columns"))
    }
    self.init(
      query: try Vocabulary("queries", column: query, from: file),
      candidate: try Vocabulary("candidates", column: candidate, from: file))
  }
}
