import Artifacts
import Tables

/// What is known of the things on one side: a row each, found by the text column `key`. Keys may repeat.
package struct Catalog: Sendable, Equatable {
  package static let candidates = ArtifactType("catalog", version: 1)
  package static let users = ArtifactType("users", version: 1)

  package let table: Table
  package let key: String

  /// - Precondition: `key` is a text column.
  package init(columns: [Column], rows: Int, key: String) {
    table = Table("catalog", rows: rows, columns: columns)
    self.key = key
    precondition(table.text(key) != nil, "\(key) is no text column")
  }

  package var keys: TextColumn {
    guard let keys = table.text(key) else { preconditionFailure("checked at init") }
    return keys
  }

  package func publish(to path: String, type: ArtifactType, lineage: Lineage) throws {
    let writer = try ArtifactWriter(path: path, type: type, schema: ["tables": [table.schema], "key": JSON(key)])
    try table.write(to: writer)
    try writer.publish(
      lineage: lineage,
      summary: Summary([.fact("rows", "\(table.rows)"), .fact("distinct \(key)", "\(keys.dictionary.count)")]))
  }

  package init(_ file: ArtifactFile) throws {
    let table = try Table("catalog", from: file)
    self = try naming(file.path) {
      guard let key = file.header.schema["key"]?.string, table.text(key) != nil else {
        throw ArtifactError.malformed(part: "schema", reason: "its key names no text column")
      }
      return Catalog(columns: table.columns, rows: table.rows, key: key)
    }
  }
}
