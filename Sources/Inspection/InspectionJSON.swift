package import Artifacts
package import CanonicalJSON
import SystemFiles
import Tables

/// The description of an artifact in JSON. Docs/how-to/inspect-artifacts.md lists the fields.
package enum InspectionJSON {
  package static func of(_ file: ArtifactFile, rows: Int) throws -> JSON {
    let header = file.header
    let tables = try Table.names(in: file).map { try Table($0, from: file) }
    var fields: [String: JSON] = [
      "file": JSON(file.path), "type": JSON(header.type), "version": JSON(header.typeVersion),
      "bytes": JSON(Files.size(file.path)), "digest": JSON(header.digest.hexadecimal), "schema": header.schema,
      "lineage": lineage(header.lineage), "summary": header.summary.json,
      "tables": .array(tables.map { table($0, rows: rows) }),
      "sections": .array(try file.tensors.map { try section($0, of: file) }),
    ]
    if let metrics = tables.first(where: { header.type == "metrics" && $0.name == "metrics" }) {
      fields["metrics"] = objects(metrics, rows: metrics.rows)
    }
    return .object(fields)
  }

  /// Describes one artifact directly, several under "outputs". Metrics are always at the top level.
  package static func of(_ files: [(output: String, file: ArtifactFile)], rows: Int) throws -> JSON {
    let described = try files.map { ($0.output, try of($0.file, rows: rows)) }
    guard described.count != 1 else { return described[0].1 }
    var fields: [String: JSON] = ["outputs": .object(Dictionary(described) { first, _ in first })]
    fields["metrics"] = described.compactMap { $0.1["metrics"] }.first
    return .object(fields)
  }

  private static func lineage(_ lineage: Lineage) -> JSON {
    [
      "stage": JSON(lineage.stage), "stage_version": JSON(lineage.stageVersion), "params": .object(lineage.params),
      "inputs": .object(lineage.inputs.mapValues { JSON($0.hexadecimal) }),
    ]
  }

  private static func table(_ table: Table, rows: Int) -> JSON {
    [
      "name": JSON(table.name), "rows": JSON(table.rows),
      "columns": .array(
        table.columns.map { column in
          ["name": JSON(column.name), "kind": JSON(column.kind.rawValue), "statistics": ColumnStatistics(column).json]
        }),
      "first": objects(table, rows: min(rows, table.rows)),
    ]
  }

  private static func section(_ section: Section, of file: ArtifactFile) throws -> JSON {
    [
      "name": JSON(section.name), "type": JSON(section.type.rawValue),
      "shape": .array(section.shape.map { JSON($0) }), "codec": JSON(section.codec.rawValue),
      "stored": JSON(section.storedSize), "digest": JSON(section.digest.hexadecimal),
      "statistics": try TensorStatistics(section, of: file)?.json ?? .null,
    ]
  }

  /// Returns rows as objects, with typed values.
  private static func objects(_ table: Table, rows: Int) -> JSON {
    .array(
      (0..<rows).map { row in
        .object(Dictionary(table.columns.map { ($0.name, $0.json(row)) }) { first, _ in first })
      })
  }
}

extension Column {
  /// Returns the value of a row; null if it is missing.
  package func json(_ row: Int) -> JSON {
    switch values {
    case .integers(let values, let present): present?[row] == 0 ? .null : .integer(values[row])
    case .reals(let values, let present): present?[row] == 0 ? .null : .number(values[row])
    case .text(let text): JSON(text[row])
    case .textLists(let starts, let items): JSON((starts[row]..<starts[row + 1]).map { items[Int($0)] })
    }
  }
}
