import Tables

/// A file of MovieLens: its columns are fixed, and nothing is quoted.
struct MovieLensFile {
  let file: DelimitedFile
  let columns: [String]
  let hasHeader: Bool

  init(_ path: String, separator: Unicode.Scalar, columns: [String], encoding: TextEncoding, hasHeader: Bool) {
    file = DelimitedFile(
      path: path, separator: UInt8(ascii: separator), encoding: encoding, isQuoted: false,
      remedy: "fetch MovieLens 100K again")
    self.columns = columns
    self.hasHeader = hasHeader
  }

  /// Calls `body` with one row after another, each of as many fields as there are columns.
  func forEachRow(_ body: (MovieLensRow) throws -> Void) throws {
    var isHeader = hasHeader
    let name = file.name
    try file.forEachRecord { record in
      guard !isHeader else {
        isHeader = false
        return
      }
      let row = MovieLensRow(file: name, columns: columns, record: record)
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
    .badRow(Reject(file: file, place: .line(record.line), field: field.map { columns[$0] }, fault: fault))
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
