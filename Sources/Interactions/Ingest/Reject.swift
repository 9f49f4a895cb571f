package import Artifacts
import CanonicalJSON
import Tables

/// The place of a row in a file of raw data.
package enum RawPlace: Sendable, Equatable, CustomStringConvertible {
  /// The line where the row begins, counted from 1.
  case line(Int)
  /// A row of a table without lines, counted from 1.
  case tableRow(Int)
  /// A row of a file that is stored in groups of rows, both counted from 1.
  case row(Int, group: Int)

  package var description: String {
    switch self {
    case .line(let line): "line \(line)"
    case .tableRow(let row): "row \(row)"
    case .row(let row, let group): "row \(row) of row group \(group)"
    }
  }

  /// The line, or the row in its group.
  var number: Int {
    switch self {
    case .line(let line): line
    case .tableRow(let row): row
    case .row(let row, _): row
    }
  }
}

/// A row that could not be read.
package struct Reject: Sendable, Equatable {
  package static let type = ArtifactType("rejects", version: 1)

  package var file: String
  package var place: RawPlace
  package var field: String?
  package var fault: RowFault
  /// The number of lines that are lost with it: more than 1 if line breaks are quoted.
  package var lines = 1

  package init(file: String, place: RawPlace, field: String? = nil, fault: RowFault, lines: Int = 1) {
    self.file = file
    self.place = place
    self.field = field
    self.fault = fault
    self.lines = lines
  }

  package var reason: String {
    lines == 1
      ? "\(fault)"
      : "\(fault); the lines to \(place.number + lines - 1) are lost with it, as parts of a quoted field"
  }

  package static func publish(_ rejects: [Reject], to path: String, lineage: Lineage) throws {
    let table = Table(
      "rejects", rows: rejects.count,
      columns: [
        Column("file", text: rejects.map(\.file)), Column("line", integers: rejects.map { Int64($0.place.number) }),
        Column("field", text: rejects.map { $0.field ?? "" }), Column("reason", text: rejects.map(\.reason)),
      ])
    let writer = try ArtifactWriter(path: path, type: type, schema: ["tables": [table.schema]])
    try table.write(to: writer)
    try writer.publish(
      lineage: lineage,
      summary: Summary(
        [.fact("rejected rows", "\(rejects.count)")]
          + (rejects.isEmpty ? [] : [.list(title: "first", items: rejects.prefix(5).map { "\($0)" })])))
  }
}

extension Reject: CustomStringConvertible {
  package var description: String {
    "\(file): \(place): \(field.map { "field \"\($0.shortened)\": " } ?? "")\(reason)"
  }
}
