package import Artifacts
package import CanonicalJSON
import SystemFiles
package import Tables

/// A vocabulary: the distinct values of a column in the order of their bytes, as `np.unique` gives them. `EmbeddingRow`
/// says which row of an embedding table belongs to which value.
package struct Vocabulary: Sendable, Equatable {
  package let column: String
  package let values: Strings
  /// The number of interactions of each value.
  package let counts: [Int64]

  /// The number of rows of an embedding table of the vocabulary.
  package var rows: Int { EmbeddingRow.count(vocabulary: values.count) }

  package init(column: String, values: Strings, counts: [Int64]) {
    precondition(values.count == counts.count, "\(counts.count) counts for \(values.count) values")
    self.column = column
    self.values = values
    self.counts = counts
  }

  /// The vocabulary of the values of the interactions and, if there is one, of the catalog. Time O(rows + values).
  package init(column: String, interactions: TextColumn, catalog: TextColumn? = nil) {
    let seen = interactions.dictionary
    let values = catalog.map { seen.union($0.dictionary) } ?? seen
    var counts = [Int64](repeating: 0, count: values.count)
    for (place, count) in zip(seen.places(in: values), interactions.counts) { counts[Int(place)] = Int64(count) }
    self.init(column: column, values: values, counts: counts)
  }

  /// The embedding row of a value, 0 if it is out of vocabulary.
  package func row(of value: String) -> Int { Int(EmbeddingRow(place: values.sortedIndex(of: value)).index) }

  /// The embedding rows of some distinct values, in their order.
  package func rows(of dictionary: Strings) -> [EmbeddingRow] {
    dictionary.places(in: values).map { EmbeddingRow(place: $0 < 0 ? nil : Int($0)) }
  }

  /// The embedding rows of a column's values, 0 for those out of vocabulary.
  package func rows(of column: TextColumn) -> [Int32] {
    let rows = rows(of: column.dictionary)
    return column.codes.map { rows[Int($0)].index }
  }

  /// The value of an embedding row.
  ///
  /// - Precondition: the row is not that of the unknown.
  package subscript(row row: Int) -> String {
    guard let place = EmbeddingRow(index: row).place else { preconditionFailure("row 0 has no value") }
    return values[place]
  }

  package func table(_ name: String) -> Table {
    Table(
      name, rows: values.count,
      columns: [
        Column("value", .text(TextColumn(distinct: values))),
        Column("interactions", integers: counts),
      ])
  }

  package init(_ name: String, column: String, from file: ArtifactFile) throws {
    let table = try Table(name, from: file)
    self = try naming(file.path) {
      guard let text = table.text("value"), let counts = table.integers("interactions"),
        text.codes.enumerated().allSatisfy({ $0 == $1 })
      else { throw ArtifactError.malformed(part: "table \"\(name)\"", reason: .notA("vocabulary")) }
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

  /// The schema of their tables and columns, wherever they are stored.
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
    try writer.publish(lineage: lineage, summary: Summary(facts))
  }

  /// The facts of a summary.
  package var facts: [Summary.Item] {
    [query, candidate].map { .fact("distinct \($0.column)", "\($0.values.count), and row 0 for all others") }
  }

  package init(_ file: ArtifactFile) throws {
    guard let query = file.header.schema["columns"]?["query"]?.string,
      let candidate = file.header.schema["columns"]?["candidate"]?.string
    else {
      throw FileError(file.path, ArtifactError.malformed(part: "schema", reason: .missing("list of columns")))
    }
    self.init(
      query: try Vocabulary("queries", column: query, from: file),
      candidate: try Vocabulary("candidates", column: candidate, from: file))
  }
}
