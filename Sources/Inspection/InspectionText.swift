package import Artifacts
import CanonicalJSON
import DisplayText
import SystemFiles
import Tables

/// The description of an artifact in text: type, lineage, summary, tables and sections.
package struct InspectionText {
  private let file: ArtifactFile
  private let rows: Int
  private let isBrief: Bool

  /// - Parameters:
  ///   - rows: the number of rows of each table that are shown.
  ///   - isBrief: `true` if tables and sections are left out.
  package init(_ file: ArtifactFile, rows: Int, isBrief: Bool = false) {
    self.file = file
    self.rows = rows
    self.isBrief = isBrief
  }

  package func lines() throws -> [String] {
    let header = file.header
    var lines = [
      file.path,
      "\(header.type) version \(header.typeVersion), \(grouped(Files.size(file.path))) bytes, digest \(header.digest)",
    ]
    lines += lineage
    if let schema { lines.append(schema) }
    if !header.summary.items.isEmpty { lines += [""] + header.summary.lines }
    guard !isBrief else { return lines }
    for name in Table.names(in: file) { lines += [""] + (try table(Table(name, from: file))) }
    let tensors = file.tensors
    if !tensors.isEmpty { lines += [""] + (try sections(tensors)) }
    return lines
  }

  private var lineage: [String] {
    let lineage = file.header.lineage
    let inputs = lineage.inputs.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.short)" }
    let params = lineage.params.sorted { $0.key < $1.key }.filter { $0.value != .null }
      .map { "\($0.key) \($0.value.string ?? $0.value.text)" }
    return [
      "made by \(lineage.stage) (version \(lineage.stageVersion))"
        + (inputs.isEmpty ? "" : " from \(inputs.joined(separator: ", "))")
    ]
      + (params.isEmpty ? [] : ["params: \(params.joined(separator: ", "))"])
  }

  /// The schema without the columns of tables, which are shown with the tables.
  private var schema: String? {
    let fields = (file.header.schema.object ?? [:]).filter { $0.key != "tables" }.sorted { $0.key < $1.key }
    let parts = fields.map { "\($0.key) \($0.value.string ?? $0.value.text)" }
    return parts.isEmpty ? nil : "schema: \(parts.joined(separator: ", "))"
  }

  private func table(_ table: Table) throws -> [String] {
    let head = ["column", "kind", "distinct", "missing", "least", "mean", "greatest", "most frequent"]
    let statistics = table.columns.map { column -> [String] in
      let known = ColumnStatistics(column)
      let number = { (value: Double?) in value.map { readable($0) } ?? "" }
      return [
        column.name, column.kind.rawValue, known.distinct.map { "\($0)" } ?? "",
        known.missing == 0 ? "" : "\(known.missing)",
        number(known.least), number(known.mean), number(known.greatest),
        known.frequent.map { "\(shortened($0.value, 24)) (\($0.count))" }.joined(separator: ", "),
      ]
    }
    var lines = ["table \(table.name): \(grouped(table.rows)) rows"]
    lines += alignedColumns([head] + statistics).map { "  \($0)" }
    let shown = min(rows, table.rows)
    guard shown > 0 else { return lines }
    let cells = (0..<shown).map { row in table.columns.map { shortened($0.text(row), 48) } }
    lines += ["", "  the first \(shown):"] + alignedColumns([table.columns.map(\.name)] + cells).map { "  \($0)" }
    return lines
  }

  private func sections(_ sections: [Section]) throws -> [String] {
    let head = ["section", "type", "shape", "stored", "least", "mean", "greatest", "row norms"]
    let rows = try sections.map { section -> [String] in
      let known = try TensorStatistics(section, of: file)
      let norms = (known?.norms ?? []).map { readable($0) }
      return [
        section.name, "\(section.type)", section.shape.map { "\($0)" }.joined(separator: " x "),
        "\(section.codec), \(grouped(section.storedSize))", known.map { readable($0.least) } ?? "",
        known.map { readable($0.mean) } ?? "", known.map { readable($0.greatest) } ?? "",
        norms.isEmpty ? "" : "\(norms[0]) to \(norms[2]), median \(norms[1])",
      ]
    }
    return alignedColumns([head] + rows)
  }
}

/// Formats a number with separators of thousands: "369,050".
func grouped(_ value: Int) -> String {
  let digits = Array(String(abs(value)))
  let text = digits.enumerated().map { place, digit in
    (place > 0 && (digits.count - place) % 3 == 0 ? "," : "") + String(digit)
  }
  return (value < 0 ? "-" : "") + text.joined()
}
