import BasicAlgorithms

/// A field of a message in the wire format of protocol buffers, whose strings are streamed from memory that somebody
/// else owns (protobuf.dev/programming-guides/encoding).
struct WireField {
  /// `@safe` because a string is only read while its owner, which the closure holds, lives.
  @safe
  enum Part {
    case number(Int, Int)
    /// The first numbers of a range, not packed: field, range, count.
    case numbers(Int, ClosedRange<Int>, Int)
    case text(Int, String)
    case strings(Int, Int, (Int) -> UnsafeBufferPointer<UInt8>)
    case field(WireField)
  }

  private let number: Int
  private let parts: [Part]
  /// The size of the contents, in bytes.
  private let contentSize: Int

  init(_ number: Int, _ parts: [Part]) {
    self.number = number
    self.parts = parts
    contentSize = parts.reduce(0) { $0 + Self.size($1) }
  }

  /// The whole size of the field, in bytes.
  var size: Int { Self.head(number, size: contentSize).count + contentSize }

  /// Returns the tag and length that precede contents of `size` bytes.
  static func head(_ number: Int, size: Int) -> [UInt8] { varint(number << 3 | 2) + varint(size) }

  private static func size(_ part: Part) -> Int {
    switch part {
    case .number(let field, let value): varint(field << 3).count + varint(value).count
    case .numbers(let field, let range, let count):
      range.prefix(count).reduce(0) { $0 + varint(field << 3).count + varint($1).count }
    case .text(let field, let text): head(field, size: text.utf8.count).count + text.utf8.count
    case .strings(let field, let count, let string):
      (0..<count).reduce(0) { sum, place in
        let length = unsafe string(place).count
        return sum + head(field, size: length).count + length
      }
    case .field(let field): field.size
    }
  }

  func write(_ file: ExportedFile) throws {
    try file.write(Self.head(number, size: contentSize))
    for part in parts {
      switch part {
      case .number(let field, let value): try file.write(varint(field << 3) + varint(value))
      case .numbers(let field, let range, let count):
        for value in range.prefix(count) { try file.write(varint(field << 3) + varint(value)) }
      case .text(let field, let text): try file.write(Self.head(field, size: text.utf8.count) + Array(text.utf8))
      case .strings(let field, let count, let string):
        for place in 0..<count {
          let bytes = unsafe UnsafeRawBufferPointer(string(place))
          try file.write(Self.head(field, size: bytes.count))
          try unsafe file.write(bytes)
        }
      case .field(let field): try field.write(file)
      }
    }
  }
}
