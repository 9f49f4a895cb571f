/// Thrift's compact protocol, read field by field (thrift.apache.org, "thrift-compact-protocol"): nothing is kept but
/// what the caller keeps, so that memory does not depend on what the bytes claim.
struct CompactReader {
  private let bytes: [UInt8]
  private let end: Int
  private let part: String
  private var depth = 0
  /// The place of the next byte.
  private(set) var place: Int

  /// Footers and page headers are nested a few levels deep.
  private static let deepest = 32

  /// - Parameters:
  ///   - range: the part of the bytes that may be read.
  ///   - part: its name in errors.
  init(_ bytes: [UInt8], _ range: Range<Int>, part: String) {
    precondition(bytes.indices.contains(range.lowerBound) || range.isEmpty, "\(range) of \(bytes.count) bytes")
    self.bytes = bytes
    self.part = part
    place = range.lowerBound
    end = min(range.upperBound, bytes.count)
  }

  /// A field of a structure: its number, and the type of its value on the wire.
  struct Field {
    let number: Int
    let type: UInt8
  }

  /// Calls `body` with each field, which must read or skip its value.
  mutating func forEachField(
    _ body: (_ field: Field, _ reader: inout CompactReader) throws(ParquetFault) -> Void
  ) throws(ParquetFault) {
    try enter()
    var number = 0
    while true {
      let header = try byte()
      if header == 0 { break }
      let step = Int(header >> 4)
      let next = step == 0 ? try zigzag() : Int64(number + step)
      guard 0...Int64(Int16.max) ~= next else { throw damaged("a field has number \(next)") }
      number = Int(next)
      try body(Field(number: number, type: header & 15), &self)
    }
    depth -= 1
  }

  /// Calls `body` with the type of each element of a list, which must read or skip it.
  mutating func forEachElement(
    of field: Field, _ body: (_ element: Field, _ reader: inout CompactReader) throws(ParquetFault) -> Void
  ) throws(ParquetFault) {
    guard field.type == 9 || field.type == 10 else { throw wrongType(field) }
    try enter()
    let header = try byte()
    let count = header >> 4 == 15 ? try varint() : UInt64(header >> 4)
    // Every element takes a byte at least.
    guard count <= UInt64(end - place) else { throw .cutShort(part) }
    for _ in 0..<count { try body(Field(number: field.number, type: header & 15), &self) }
    depth -= 1
  }

  /// Reads a list of structures, each by `read`.
  mutating func list<Element>(
    _ field: Field, _ read: (_ reader: inout CompactReader) throws(ParquetFault) -> Element
  ) throws(ParquetFault) -> [Element] {
    var elements: [Element] = []
    try forEachElement(of: field) { _, reader throws(ParquetFault) in elements.append(try read(&reader)) }
    return elements
  }

  /// Calls `body` with the field of one number if the structure has it, and skips all others.
  mutating func only(
    _ number: Int, _ body: (_ field: Field, _ reader: inout CompactReader) throws(ParquetFault) -> Void
  ) throws(ParquetFault) {
    try forEachField { field, reader throws(ParquetFault) in
      if field.number == number { try body(field, &reader) } else { try reader.skip(field) }
    }
  }

  /// Reads a union, and returns the number of the member that it has; 0 if it has none.
  mutating func unionMember() throws(ParquetFault) -> Int {
    var member = 0
    try forEachField { field, reader throws(ParquetFault) in
      member = field.number
      try reader.skip(field)
    }
    return member
  }

  mutating func integer(_ field: Field) throws(ParquetFault) -> Int {
    switch field.type {
    case 3: Int(Int8(bitPattern: try byte()))
    case 4, 5, 6: Int(try zigzag())
    default: throw wrongType(field)
    }
  }

  /// A Boolean, which a structure holds in the field's type, and a list in a byte.
  mutating func boolean(_ field: Field) throws(ParquetFault) -> Bool {
    guard field.type == 1 || field.type == 2 else { throw wrongType(field) }
    return field.type == 1
  }

  mutating func text(_ field: Field) throws(ParquetFault) -> String {
    guard let text = String(validating: bytes[try binary(field)], as: UTF8.self) else {
      throw damaged("a name is not UTF-8")
    }
    return text
  }

  mutating func skip(_ field: Field) throws(ParquetFault) {
    switch field.type {
    case 1, 2: break
    case 3: _ = try byte()
    case 4, 5, 6: _ = try varint()
    case 7: try advance(8)
    case 8: _ = try binary(field)
    case 9, 10:
      try forEachElement(of: field) { element, reader throws(ParquetFault) in try reader.skipElement(element) }
    case 11: try skipMap()
    case 12: try forEachField { field, reader throws(ParquetFault) in try reader.skip(field) }
    case 13: try advance(16)
    default: throw wrongType(field)
    }
  }

  private mutating func skipElement(_ element: Field) throws(ParquetFault) {
    if element.type == 1 || element.type == 2 { _ = try byte() } else { try skip(element) }
  }

  private mutating func skipMap() throws(ParquetFault) {
    let count = try varint()
    guard count > 0 else { return }
    try enter()
    let types = try byte()
    guard count <= UInt64(end - place) else { throw .cutShort(part) }
    for _ in 0..<count {
      try skipElement(Field(number: 0, type: types >> 4))
      try skipElement(Field(number: 0, type: types & 15))
    }
    depth -= 1
  }

  private mutating func binary(_ field: Field) throws(ParquetFault) -> Range<Int> {
    guard field.type == 8 else { throw wrongType(field) }
    let count = try varint()
    guard count <= UInt64(end - place) else { throw .cutShort(part) }
    let start = place
    place += Int(count)
    return start..<place
  }

  private mutating func enter() throws(ParquetFault) {
    depth += 1
    guard depth <= Self.deepest else { throw damaged("it is nested more than \(Self.deepest) levels deep") }
  }

  private mutating func advance(_ count: Int) throws(ParquetFault) {
    guard count <= end - place else { throw .cutShort(part) }
    place += count
  }

  private mutating func byte() throws(ParquetFault) -> UInt8 {
    guard place < end else { throw .cutShort(part) }
    place += 1
    return bytes[place - 1]
  }

  private mutating func varint() throws(ParquetFault) -> UInt64 {
    var (value, shift): (UInt64, UInt64) = (0, 0)
    while shift < 64 {
      let byte = try byte()
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    throw damaged("a number has more than 64 bits")
  }

  private mutating func zigzag() throws(ParquetFault) -> Int64 {
    Int64(zigzag: try varint())
  }

  private func damaged(_ what: String) -> ParquetFault { .damaged("\(part): \(what)") }

  private func wrongType(_ field: Field) -> ParquetFault {
    damaged("field \(field.number) has type \(field.type), which is not its own")
  }
}
