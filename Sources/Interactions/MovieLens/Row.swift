import Artifacts
import SystemFiles

/// One line of a text file with a fixed separator and no quoting: where its fields lie in the bytes of the file.
struct Row {
  let file: String
  let line: Int
  let names: [String]
  let encoding: TextEncoding
  fileprivate let bytes: [UInt8]
  fileprivate let fields: [Range<Int>]

  func bad(_ place: Int, _ reason: String) -> DataError {
    .badRow(file: file, line: line, field: place < names.count ? names[place] : nil, reason: reason)
  }

  /// The bytes as they stand in the file.
  subscript(place: Int) -> ArraySlice<UInt8> { bytes[fields[place]] }

  /// A field that may be empty.
  func string(_ place: Int) throws -> String {
    guard let text = encoding.decode(self[place]) else { throw bad(place, "it is not UTF-8") }
    return text
  }

  func text(_ place: Int) throws -> String {
    guard !fields[place].isEmpty else { throw bad(place, "it is empty") }
    return try string(place)
  }

  func number(_ place: Int) throws -> Double {
    if let integer = digits(place) { return Double(integer) }
    let text = try string(place)
    guard let value = Double(text), value.isFinite, abs(value) < 0x1p53 else {
      throw bad(place, "\"\(text)\" is not a number")
    }
    return value
  }

  func integer(_ place: Int) throws -> Int64 {
    if let integer = digits(place) { return integer }
    let text = try string(place)
    guard let value = Int64(text) else { throw bad(place, "\"\(text)\" is not a whole number") }
    return value
  }

  /// Most numbers are a few digits, and need no text made of them.
  private func digits(_ place: Int) -> Int64? {
    let field = self[place]
    guard 1...15 ~= field.count else { return nil }
    var value: Int64 = 0
    for byte in field {
      guard 48...57 ~= byte else { return nil }
      value = value * 10 + Int64(byte - 48)
    }
    return value
  }
}

extension Row {
  /// Lines of a file, split; each must have as many fields as there are names.
  static func read(
    _ path: String, separator: Unicode.Scalar, names: [String], encoding: TextEncoding, header: Bool,
    _ body: (Row) throws -> Void
  ) throws {
    let bytes = try Files.read(path)
    let file = Files.name(of: path)
    let separator = UInt8(ascii: separator)
    var (line, start) = (0, 0)
    while start < bytes.count {
      line += 1
      var fields: [Range<Int>] = []
      fields.reserveCapacity(names.count)
      var (field, place) = (start, start)
      while place < bytes.count, bytes[place] != UInt8(ascii: "\n") {
        if bytes[place] == separator {
          fields.append(field..<place)
          field = place + 1
        }
        place += 1
      }
      let end = place > field && bytes[place - 1] == UInt8(ascii: "\r") ? place - 1 : place
      let isEmpty = fields.isEmpty && end == start
      fields.append(field..<end)
      start = place + 1
      guard !isEmpty, !(header && line == 1) else { continue }
      guard fields.count == names.count else {
        throw DataError.badRow(
          file: file, line: line, field: nil, reason: "it has \(fields.count) fields; expected \(names.count)")
      }
      try body(Row(file: file, line: line, names: names, encoding: encoding, bytes: bytes, fields: fields))
    }
  }
}
