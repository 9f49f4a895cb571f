package import Artifacts
package import CanonicalJSON
import SystemFiles

/// The layout of tables in an artifact: each column is a few sections named by the table and the column's number, and
/// the schema lists the columns' names and kinds under "tables". See Docs/reference/artifact-format.md.
extension Table {
  package var schema: JSON {
    [
      "name": JSON(name), "rows": JSON(rows),
      "columns": .array(columns.map { ["name": JSON($0.name), "kind": JSON($0.kind.rawValue)] }),
    ]
  }

  package func write(to writer: ArtifactWriter) throws {
    for (number, column) in columns.enumerated() {
      let section = "\(name)/\(number)"
      switch column.values {
      case .integers(let values, let present):
        try writer.add(section, values)
        if let present { try writer.add("\(section)/present", present) }
      case .reals(let values, let present):
        try writer.add(section, values)
        if let present { try writer.add("\(section)/present", present) }
      case .text(let text): try Self.write(text, section, to: writer)
      case .textLists(let starts, let items):
        try Self.write(items, section, to: writer)
        try writer.add("\(section)/starts", starts)
      }
    }
  }

  private static func write(_ text: TextColumn, _ section: String, to writer: ArtifactWriter) throws {
    try writer.add(section, text.codes)
    try writer.add("\(section)/offsets", text.dictionary.offsets)
    try writer.add("\(section)/bytes", text.dictionary.bytes)
  }

  /// Names of the tables of an artifact.
  package static func names(in file: ArtifactFile) -> [String] {
    (file.header.schema["tables"]?.array ?? []).compactMap { $0["name"]?.string }
  }

  /// Reads one table and checks what it says: lengths, codes, offsets, UTF-8.
  package init(_ name: String, from file: ArtifactFile) throws {
    let (rows, fields) = try Self.description(of: name, in: file)
    self = try naming(file.path) {
      var columns: [Column] = []
      for (number, field) in fields.enumerated() {
        let reader = ColumnReader(file: file, section: "\(name)/\(number)", rows: rows)
        columns.append(Column(field.name, try reader.values(kind: field.kind)))
      }
      return Table(name, rows: rows, columns: columns)
    }
  }

  /// Reads one column of a table, checked as those of the whole.
  static func values(_ number: Int, of name: String, kind: ColumnKind, rows: Int, in file: ArtifactFile) throws
    -> Column.Values
  {
    try naming(file.path) { try ColumnReader(file: file, section: "\(name)/\(number)", rows: rows).values(kind: kind) }
  }

  /// The rows and columns of a table by the schema, checked.
  static func description(
    of name: String, in file: ArtifactFile
  ) throws -> (rows: Int, columns: [ColumnDescription]) {
    let entry = file.header.schema["tables"]?.array?.first { $0["name"]?.string == name }
    return try naming(file.path) {
      guard let entry, let rows = entry["rows"]?.integer, let fields = entry["columns"]?.array else {
        throw ArtifactError.malformed(part: "schema", reason: .undescribedTable(name))
      }
      // No column can vouch for the rows of a table without any; the bound keeps sums of rows from overflowing.
      guard 0...(fields.isEmpty ? 0 : 1 << 48) ~= rows else {
        throw ArtifactError.malformed(part: "schema", reason: .impossibleRows(rows, table: name))
      }
      var columns: [ColumnDescription] = []
      for (number, field) in fields.enumerated() {
        guard let column = field["name"]?.string, let kind = field["kind"]?.string,
          !columns.contains(where: { $0.name == column })
        else {
          throw ArtifactError.malformed(part: "schema", reason: .undescribedColumn(number, table: name))
        }
        guard let kind = ColumnKind(rawValue: kind) else {
          throw ArtifactError.malformed(
            part: "section \"\(name)/\(number)\"",
            reason: .unknownName(kind, of: "kind", known: ColumnKind.allCases.map(\.rawValue)))
        }
        columns.append(ColumnDescription(name: column, kind: kind))
      }
      return (rows, columns)
    }
  }

  /// The dictionary of a text column or list, checked but for the use of its values.
  static func dictionary(of section: String, in file: ArtifactFile) throws -> Strings {
    let checks = ColumnChecks(section: section)
    let dictionary = try Strings(
      bytes: file.read("\(section)/bytes", shape: [-1]), checking: file.read("\(section)/offsets", shape: [-1]),
      malformed: checks.malformed)
    for place in 1..<max(dictionary.count, 1) where !dictionary.precedes(place - 1, place) {
      throw checks.malformed(.dictionaryNotSorted(at: place))
    }
    return dictionary
  }
}

private struct ColumnReader {
  let file: ArtifactFile
  let section: String
  let rows: Int

  private var checks: ColumnChecks { ColumnChecks(section: section) }

  func values(kind: ColumnKind) throws -> Column.Values {
    switch kind {
    case .integer: .integers(try file.read(section, shape: [rows]), present: try presence())
    case .real: .reals(try reals(), present: try presence())
    case .text: .text(try text(count: rows))
    case .textList: try lists()
    }
  }

  private func reals() throws -> [Double] {
    let values: [Double] = try file.read(section, shape: [rows])
    try checks.requireFinite(values, first: 0)
    return values
  }

  private func presence() throws -> [UInt8]? {
    guard file.section("\(section)/present") != nil else { return nil }
    let flags: [UInt8] = try file.read("\(section)/present", shape: [rows])
    try checks.requireFlags(flags)
    return flags
  }

  private func lists() throws -> Column.Values {
    let starts: [UInt64] = try file.read("\(section)/starts", shape: [rows + 1])
    guard starts.first == 0, zip(starts, starts.dropFirst()).allSatisfy({ $0 <= $1 }),
      let total = starts.last.flatMap({ Int(exactly: $0) })
    else { throw checks.malformed(.startsDoNotRise) }
    return .textLists(starts: starts, try text(count: total))
  }

  private func text(count: Int) throws -> TextColumn {
    let codes: [UInt32] = try file.read(section, shape: [count])
    let dictionary = try Table.dictionary(of: section, in: file)
    try checks.requireCodes(codes, below: dictionary.count)
    var isUsed = [Bool](repeating: false, count: dictionary.count)
    for code in codes { isUsed[Int(code)] = true }
    if let place = isUsed.firstIndex(of: false) {
      throw checks.malformed(.unusedDictionaryValue(place))
    }
    return TextColumn(codes: codes, dictionary: dictionary)
  }
}

/// The rules that the values of a stored column must meet, read at once or part by part.
struct ColumnChecks {
  let section: String

  func malformed(_ reason: ArtifactFlaw) -> ArtifactError { .malformed(part: "section \"\(section)\"", reason: reason) }

  func requireCodes(_ codes: [UInt32], below count: Int) throws(ArtifactError) {
    guard codes.allSatisfy({ $0 < count }) else { throw malformed(.codeBeyondDictionary) }
  }

  func requireFlags(_ flags: [UInt8]) throws(ArtifactError) {
    guard flags.allSatisfy({ $0 <= 1 }) else { throw malformed(.presenceFlag) }
  }

  /// - Parameter first: the row of the first value.
  func requireFinite(_ values: [Double], first: Int) throws(ArtifactError) {
    if let row = values.firstIndex(where: { !$0.isFinite }) {
      throw malformed(.notFiniteRow(first + row))
    }
  }
}

extension Strings {
  /// Strings as an artifact has them, checked: offsets rise from 0 to the number of bytes, and all is UTF-8.
  package init(
    bytes: [UInt8], checking offsets: [UInt64], malformed: (ArtifactFlaw) -> ArtifactError
  ) throws(ArtifactError) {
    guard offsets.first == 0, offsets.last == UInt64(bytes.count), zip(offsets, offsets.dropFirst()).allSatisfy(<=)
    else { throw malformed(.offsetsDoNotSpanBytes) }
    self.init(bytes: bytes, offsets: offsets)
    guard String(validating: bytes, as: UTF8.self) != nil,
      offsets.allSatisfy({ $0 == bytes.count || bytes[Int($0)] & 0xc0 != 0x80 })
    else { throw malformed(.notUTF8) }
  }
}
