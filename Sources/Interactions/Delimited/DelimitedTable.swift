import Artifacts
import DisplayText
import SystemFiles
import Tables

/// What is done about a row that cannot be read.
package enum BadRowRule: String, CaseIterable, Sendable {
  case fail, skip
}

/// How a delimited file is spelt.
package struct DelimitedForm: Sendable {
  package var separator: UInt8
  package var hasHeader = true
  /// Names of the columns; those of the header, or "column1" and so on, if none are given.
  package var columns: [String] = []
  package var encoding = TextEncoding.utf8
  package var timeUnit = TimeUnit.auto

  package init(separator: UInt8) { self.separator = separator }

  /// By the name of the file: tab for ".tsv" and ".tab", comma for all others.
  package static func separator(forFile name: String) -> UInt8 {
    var name = name.lowercased()
    for packed in [".gz", ".zst"] where name.hasSuffix(packed) { name = String(name.dropLast(packed.count)) }
    return name.hasSuffix(".tsv") || name.hasSuffix(".tab") ? UInt8(ascii: "\t") : UInt8(ascii: ",")
  }
}

/// Reads a delimited file into typed columns, checking each row as it comes.
struct DelimitedTable {
  /// A column with a role.
  enum Role {
    /// Text of which no field is empty.
    case key
    /// Text, whatever its fields look like.
    case text
    case timestamp, weight
  }

  let path: String
  let form: DelimitedForm
  /// Roles by column name.
  let roles: [String: Role]

  struct Result {
    var columns: [Column] = []
    var rows = 0
    var rejects: [Reject] = []
    /// Of the file.
    var lines = 0
    /// What the times count; nil if they are spelt out, or there are none.
    var timeUnit: TimeUnit?
  }

  private var file: String { Files.name(of: path) }

  func read() throws -> Result {
    var reader = DelimitedReader(separator: form.separator)
    let sink = Sink(self)
    let take = { (record: DelimitedRecord) in try sink.take(record) }
    let isLatin1 = form.encoding == .latin1
    var isFirst = true
    try DecodedFile(path: path).forEachChunk { chunk in
      if isFirst, let reason = ForeignForm.reason(chunk) { throw DataError.badFile(file: file, reason: reason) }
      isFirst = false
      guard isLatin1 else { return try reader.take(chunk, take) }
      try Self.utf8(ofLatin1: chunk).withUnsafeBytes { try reader.take($0, take) }
    }
    try reader.finish(take)
    guard let rows = sink.rows else { throw DataError.noRows(file) }
    return Result(
      columns: rows.columns(), rows: rows.count, rejects: sink.rejects, lines: reader.lines, timeUnit: rows.timeUnit)
  }

  /// Takes records as they come: the first for the names of the columns, the others as rows.
  private final class Sink {
    private let table: DelimitedTable
    var rows: RowBuilder?
    var rejects: [Reject] = []

    init(_ table: DelimitedTable) { self.table = table }

    func take(_ record: DelimitedRecord) throws {
      if rows == nil {
        rows = RowBuilder(
          names: try table.start(record), roles: table.roles, file: table.file, timeUnit: table.form.timeUnit)
        if table.form.hasHeader { return }
      }
      if let reject = rows?.append(record) { rejects.append(reject) }
    }
  }

  /// Names of the columns, from the first record.
  private func start(_ record: DelimitedRecord) throws -> [String] {
    if let problem = record.problem {
      throw DataError.badRow(file: file, line: record.line, field: nil, reason: problem.reason)
    }
    var names = form.columns
    if names.isEmpty {
      for field in 0..<record.count {
        guard form.hasHeader else {
          names.append("column\(field + 1)")
          continue
        }
        guard let name = String(validating: record[field], as: UTF8.self), !name.isEmpty else {
          throw DataError.badRow(
            file: file, line: record.line, field: nil, reason: "column \(field + 1) of the header has no name")
        }
        names.append(name)
      }
    }
    guard names.count == record.count else {
      throw DataError.badRow(
        file: file, line: record.line, field: nil,
        reason: "it has \(record.count) fields, and \(names.count) columns are named")
    }
    if let name = names.first(where: { name in names.count { $0 == name } > 1 }) {
      throw DataError.badFile(file: file, reason: "two columns are named \"\(name)\"; name them with \"columns\"")
    }
    for name in roles.keys.sorted() where !names.contains(name) {
      let near = nearestName(to: name, among: names).map { "; did you mean \"\($0)\"?" } ?? ""
      throw DataError.badFile(
        file: file,
        reason: "it has no column \"\(name)\"\(near.isEmpty ? "; there are \(names.joined(separator: ", "))" : near)")
    }
    return names
  }

  private static func utf8(ofLatin1 bytes: UnsafeRawBufferPointer) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count + bytes.count / 8)
    for byte in bytes {
      if byte < 0x80 { text.append(byte) } else { text += [0xc0 | byte >> 6, 0x80 | byte & 0x3f] }
    }
    return text
  }
}

/// Rows of good fields.
private struct RowBuilder {
  let names: [String]
  let file: String
  private let roles: [DelimitedTable.Role?]
  private var builders: [ColumnBuilder]
  private var timestamps: [[Int64?]]
  private var times: TimeReader
  private var weights: [[Double?]]
  private(set) var count = 0

  var timeUnit: TimeUnit? { times.unit }

  init(names: [String], roles: [String: DelimitedTable.Role], file: String, timeUnit: TimeUnit) {
    times = TimeReader(timeUnit)
    self.names = names
    self.file = file
    self.roles = names.map { roles[$0] }
    builders = names.map { _ in ColumnBuilder() }
    timestamps = names.map { _ in [] }
    weights = names.map { _ in [] }
  }

  /// - Returns: why the row is bad, if it is; nothing of it is kept then.
  mutating func append(_ record: DelimitedRecord) -> Reject? {
    func reject(_ field: Int?, _ reason: String) -> Reject {
      Reject(
        file: file, line: record.line, field: field.flatMap { $0 < names.count ? names[$0] : nil },
        reason: record.lines == 1
          ? reason
          : "\(reason); the lines to \(record.line + record.lines - 1) are lost with it, as parts of a quoted field",
        lines: record.lines)
    }
    if let problem = record.problem { return reject(problem.field, problem.reason) }
    guard record.count == names.count else {
      return reject(nil, "it has \(record.count) fields; expected \(names.count)")
    }
    var numbers = [(timestamp: Int64?, weight: Double?)](repeating: (nil, nil), count: names.count)
    for (field, role) in roles.enumerated() {
      let bytes = record[field]
      let isPlain = bytes.allSatisfy { $0 < 0x80 }
      guard isPlain || String(validating: bytes, as: UTF8.self) != nil else { return reject(field, "it is not UTF-8") }
      guard let role, role != .text else { continue }
      guard !bytes.isEmpty else { return reject(field, "it is empty") }
      let text = { String(decoding: bytes, as: UTF8.self) }
      switch role {
      case .key, .text: break
      case .timestamp:
        do { numbers[field].timestamp = try times.read(text()) } catch { return reject(field, error.reason(text())) }
      case .weight:
        guard let weight = Double(text()), weight.isFinite else {
          return reject(field, "\"\(text())\" is not a number")
        }
        numbers[field].weight = weight
      }
    }
    for (field, role) in roles.enumerated() {
      switch role {
      case .timestamp: timestamps[field].append(numbers[field].timestamp)
      case .weight: weights[field].append(numbers[field].weight)
      case .key, .text, nil: builders[field].append(record[field])
      }
    }
    count += 1
    return nil
  }

  func columns() -> [Column] {
    names.indices.map { field in
      switch roles[field] {
      case .timestamp: Column(names[field], integers: timestamps[field])
      case .weight: Column(names[field], reals: weights[field])
      case .key, .text: builders[field].column(names[field], keepsText: true)
      case nil: builders[field].column(names[field], keepsText: false)
      }
    }
  }
}
