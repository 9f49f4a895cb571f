package import Artifacts
import CanonicalJSON
import SystemFiles
package import Tables

/// A catalog of candidates or users: a row for each, found by the text column `key`. Keys may repeat.
package struct Catalog: Sendable, Equatable {
  package static let candidates = ArtifactType("catalog", version: 1)
  package static let users = ArtifactType("users", version: 1)

  package let table: Table
  package let key: String
  /// The column of the interactions whose values the key holds; of the same name, as a rule.
  package let referencedBy: String
  /// The text column with names for people, if keys are not.
  package let nameColumn: String?

  /// - Precondition: `key` and `nameColumn` are text columns.
  package init(
    columns: [Column], rows: Int, key: String, referencedBy: String? = nil, nameColumn: String? = nil
  ) {
    table = Table("catalog", rows: rows, columns: columns)
    self.key = key
    self.referencedBy = referencedBy ?? key
    self.nameColumn = nameColumn
    for column in [key, nameColumn].compactMap({ $0 }) {
      precondition(table.text(column) != nil, "\(column) is not a text column")
    }
  }

  package var keys: TextColumn {
    guard let keys = table.text(key) else { preconditionFailure("checked at init") }
    return keys
  }

  /// The catalog's column of the values of a column of the interactions: the key, or the text column of that name.
  package func values(of column: String) throws(DataError) -> TextColumn {
    if column == referencedBy { return keys }
    if let values = table.text(column) { return values }
    throw .noColumn(column, of: "the catalog", in: table.descriptions, kinds: [.text])
  }

  package func publish(to path: String, type: ArtifactType, lineage: Lineage) throws {
    var schema: [String: JSON] = ["tables": [table.schema], "key": JSON(key)]
    if referencedBy != key { schema["referenced_by"] = JSON(referencedBy) }
    if let nameColumn { schema["name_column"] = JSON(nameColumn) }
    let writer = try ArtifactWriter(path: path, type: type, schema: .object(schema))
    try table.write(to: writer)
    try writer.publish(
      lineage: lineage,
      summary: Summary([.fact("rows", "\(table.rows)"), .fact("distinct \(key)", "\(keys.dictionary.count)")]))
  }

  package init(_ file: ArtifactFile) throws {
    let table = try Table("catalog", from: file)
    self = try naming(file.path) {
      guard let key = file.header.schema["key"]?.string, table.text(key) != nil else {
        throw ArtifactError.malformed(part: "schema", reason: .notTextColumns("key"))
      }
      let nameColumn = file.header.schema["name_column"]?.string
      guard nameColumn.map({ table.text($0) != nil }) ?? true else {
        throw ArtifactError.malformed(part: "schema", reason: .notTextColumns("name column"))
      }
      return Catalog(
        columns: table.columns, rows: table.rows, key: key,
        referencedBy: file.header.schema["referenced_by"]?.string, nameColumn: nameColumn)
    }
  }
}
