import SystemFiles
import Tables

/// A file of MovieLens: its columns are fixed.
struct MovieLensFile {
  let file: DelimitedFile
  let columns: [String]
  /// The names in its first line; `nil` if that is a row.
  let header: [String]?

  /// - Parameters:
  ///   - columns: the names in errors, and the number of fields.
  ///   - header: the names in the first line, any if they are empty.
  init(
    _ path: String, separator: String, columns: [String], encoding: TextEncoding, header: [String]? = nil,
    isQuoted: Bool = false
  ) throws {
    var dialect = DelimitedDialect(separator: Array(separator.utf8))
    if !isQuoted { dialect.quote = nil }
    let name = Files.name(of: path)
    if let form = ForeignForm(try DecodedFile(path: path).start()) {
      throw DataError.badSource(name, .foreign(form, remedy: "fetch MovieLens again"))
    }
    file = DelimitedFile(path: path, name: name, dialect: dialect, encoding: encoding)
    self.columns = columns
    self.header = header
  }

  /// Calls `body` with one row after another, each of as many fields as there are columns.
  func forEachRow(_ body: (MovieLensRow) throws -> Void) throws {
    var isHeader = header != nil
    let name = file.name
    try file.forEachRecord { record in
      let row = MovieLensRow(file: name, columns: columns, record: record)
      if isHeader {
        isHeader = false
        let found = (0..<record.count).map { String(decoding: record.bytes($0), as: UTF8.self) }
        if let header, !header.isEmpty, found != header {
          throw DataError.badSource(name, .notMovieLensHeader(found: found, expected: header))
        }
        return
      }
      if let problem = record.problem { throw row.bad(problem.field, problem.fault) }
      guard record.count == columns.count else {
        throw row.bad(nil, .fieldCount(found: record.count, expected: columns.count))
      }
      try body(row)
    }
  }
}

/// A row of MovieLens, whose fields are read as what they must be.
struct MovieLensRow {
  let file: String
  let columns: [String]
  let record: DelimitedRecord

  func bad(_ field: Int?, _ fault: RowFault) -> DataError {
    let name = field.flatMap { columns.indices.contains($0) ? columns[$0] : nil }
    return .badRow(Reject(file: file, place: .line(record.line), field: name, fault: fault))
  }

  /// The bytes of an identifier: printable ASCII.
  func identifier(_ field: Int) throws(DataError) -> ArraySlice<UInt8> {
    let bytes = record.bytes(field)
    guard !bytes.isEmpty else { throw bad(field, .empty) }
    guard bytes.allSatisfy({ 0x20..<0x7f ~= $0 }) else { throw bad(field, .notAnIdentifier) }
    return bytes
  }

  /// A field that may be empty.
  func string(_ field: Int) throws(DataError) -> String {
    guard let text = String(validating: record.bytes(field), as: UTF8.self) else { throw bad(field, .notUTF8) }
    return text
  }

  func text(_ field: Int) throws(DataError) -> String {
    let text = try string(field)
    guard !text.isEmpty else { throw bad(field, .empty) }
    return text
  }

  /// A number that an integer of 64 bits can hold.
  func number(_ field: Int) throws(DataError) -> Double {
    let text = try string(field)
    guard let value = Double(text), value.isFinite, abs(value) < 0x1p53 else { throw bad(field, .notANumber(text)) }
    return value
  }

  func integer(_ field: Int) throws(DataError) -> Int64 {
    let text = try string(field)
    guard let value = Int64(text) else { throw bad(field, .notAnInteger(text)) }
    return value
  }
}
