/// An encoding of text.
package enum TextEncoding: String, CaseIterable, Sendable {
  case utf8 = "utf-8"
  case utf16 = "utf-16"
  case latin1 = "latin-1"
  case windows1252 = "windows-1252"

  /// The encoding of a file: UTF-16 if its byte order mark says so, else the one that is given.
  static func of(_ start: some Collection<UInt8>, given: TextEncoding) -> TextEncoding {
    start.starts(with: [0xff, 0xfe]) || start.starts(with: [0xfe, 0xff]) ? .utf16 : given
  }
}

/// Turns text of another encoding into UTF-8, chunk by chunk.
struct TextDecoder {
  private let encoding: TextEncoding
  // Of UTF-16: the byte order, `nil` until the first two bytes; half a unit, and half a pair.
  private var isBigEndian: Bool?
  private var half: UInt8?
  private var high: UInt16?
  private var hasBegun = false

  init(_ encoding: TextEncoding) { self.encoding = encoding }

  /// The characters of windows-1252 from 0x80 to 0x9f; 0 where it has none.
  private static let windows: [UInt16] = [
    0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0,
    0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e,
    0x0178,
  ]

  /// - Throws: `SourceFault` where the encoding has no such text.
  mutating func decode(_ bytes: Span<UInt8>) throws(SourceFault) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count + bytes.count / 8)
    switch encoding {
    case .utf8: text.append(contentsOf: bytes)
    case .latin1, .windows1252:
      for place in bytes.indices {
        let byte = bytes[place]
        switch byte {
        case ..<0x80: text.append(byte)
        case 0x80..<0xa0:
          guard encoding == .windows1252 else { throw .controlByte(byte) }
          let unit = Self.windows[Int(byte - 0x80)]
          guard unit != 0 else { throw .noCharacter(byte) }
          Self.append(UInt32(unit), to: &text)
        default: Self.append(UInt32(byte), to: &text)
        }
      }
    case .utf16:
      for place in bytes.indices { try take(bytes[place], &text) }
    }
    return text
  }

  /// - Throws: `SourceFault` if the text ends inside a character.
  func finish() throws(SourceFault) {
    if half != nil || high != nil { throw .brokenUTF16 }
  }

  private mutating func take(_ byte: UInt8, _ text: inout [UInt8]) throws(SourceFault) {
    guard let first = half else {
      half = byte
      return
    }
    half = nil
    // Without a mark the first character of a table is one of ASCII, whose other byte is 0.
    let isBig = isBigEndian ?? (first == 0xfe && byte == 0xff || first == 0)
    isBigEndian = isBig
    let unit = isBig ? UInt16(first) << 8 | UInt16(byte) : UInt16(byte) << 8 | UInt16(first)
    defer { hasBegun = true }
    if !hasBegun, unit == 0xfeff { return }
    if let high {
      guard 0xdc00..<0xe000 ~= unit else { throw .brokenUTF16 }
      Self.append(0x10000 + (UInt32(high) - 0xd800) << 10 + (UInt32(unit) - 0xdc00), to: &text)
      self.high = nil
    } else if 0xd800..<0xdc00 ~= unit {
      high = unit
    } else {
      guard !(0xdc00..<0xe000 ~= unit) else { throw .brokenUTF16 }
      Self.append(UInt32(unit), to: &text)
    }
  }

  private static func append(_ scalar: UInt32, to text: inout [UInt8]) {
    switch scalar {
    case ..<0x80: text.append(UInt8(scalar))
    case ..<0x800: text += [0xc0 | UInt8(scalar >> 6), 0x80 | UInt8(scalar & 0x3f)]
    case ..<0x10000:
      text += [0xe0 | UInt8(scalar >> 12), 0x80 | UInt8(scalar >> 6 & 0x3f), 0x80 | UInt8(scalar & 0x3f)]
    default:
      text += [
        0xf0 | UInt8(scalar >> 18), 0x80 | UInt8(scalar >> 12 & 0x3f), 0x80 | UInt8(scalar >> 6 & 0x3f),
        0x80 | UInt8(scalar & 0x3f),
      ]
    }
  }
}
