import Artifacts
import Tables

/// Delimited text: CSV, TSV and their kin, packed or not, one record a row.
package struct DelimitedFormat: TableFormat {
  /// The byte between fields; by the file's name if `nil`.
  package var separator: UInt8?
  package var hasHeader = true
  /// Names of the interactions' columns; those of the header, or "column1" and so on, if there are none.
  package var columns: [String] = []
  package var encoding = TextEncoding.utf8

  package init() {}

  package func read(_ path: String, _ request: TableRequest) throws -> RawTable {
    let file = DelimitedFile(
      path: path, separator: separator ?? Self.separator(forFile: path), encoding: encoding, isQuoted: true,
      remedy: "export it as CSV in UTF-8")
    var rows: RowBuilder?
    var rejects: [Reject] = []
    let lines = try file.forEachRecord { record in
      if rows == nil {
        let names = try columnNames(record, file.name, request.part == .interactions ? columns : [])
        try request.check(names, of: file.name)
        rows = RowBuilder(names, request)
        if hasHeader { return }
      }
      if let problem = record.problem ?? rows?.append(record) {
        let field = problem.field.flatMap { rows?.name($0) }
        rejects.append(
          Reject(file: file.name, place: .line(record.line), field: field, fault: problem.fault, lines: record.lines))
      }
    }
    guard let rows else { throw DataError.noRows(file.name) }
    return RawTable(columns: rows.columns, rows: rows.count, rejects: rejects, lines: lines, timeUnit: rows.timeUnit)
  }

  /// A tab for ".tsv" and ".tab", a comma for all others.
  static func separator(forFile name: String) -> UInt8 {
    var name = name.lowercased()
    for packed in [".gz", ".zst"] where name.hasSuffix(packed) { name = String(name.dropLast(packed.count)) }
    return name.hasSuffix(".tsv") || name.hasSuffix(".tab") ? UInt8(ascii: "\t") : UInt8(ascii: ",")
  }

  /// Names of the columns, by the first record.
  private func columnNames(_ record: DelimitedRecord, _ file: String, _ given: [String]) throws(DataError) -> [String] {
    func bad(_ fault: RowFault) -> DataError {
      .badRow(Reject(file: file, place: .line(record.line), fault: fault))
    }
    if let problem = record.problem { throw bad(problem.fault) }
    var names = given
    if names.isEmpty {
      for field in 0..<record.count {
        let name = hasHeader ? String(validating: record.bytes(field), as: UTF8.self) : "column\(field + 1)"
        guard let name, !name.isEmpty else { throw bad(.namelessColumn(field + 1)) }
        names.append(name)
      }
    }
    guard names.count == record.count else { throw bad(.columnNames(fields: record.count, names: names.count)) }
    return names
  }
}
