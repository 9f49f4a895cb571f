/// Numbers as most files spell them, read without a copy: what is not so plain is `nil`, and left to others.
enum PlainNumber {
  /// An integer of 1 to 18 digits and perhaps a minus.
  static func integer(_ bytes: Span<UInt8>) -> Int64? {
    var place = 0
    let isNegative = bytes.count > 1 && bytes[0] == UInt8(ascii: "-")
    if isNegative { place = 1 }
    guard 1...18 ~= bytes.count - place else { return nil }
    var value: Int64 = 0
    while place < bytes.count {
      let digit = bytes[place] &- 48
      guard digit < 10 else { return nil }
      value = value &* 10 &+ Int64(digit)
      place += 1
    }
    return isNegative ? -value : value
  }

  private static let powers: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
  ]

  /// A decimal number of 1 to 15 digits, perhaps a minus and a point between digits. Both the digits and the power of
  /// ten are exact as doubles, so that one division rounds as it should.
  static func real(_ bytes: Span<UInt8>) -> Double? {
    var place = 0
    let isNegative = bytes.count > 1 && bytes[0] == UInt8(ascii: "-")
    if isNegative { place = 1 }
    var (digits, fraction) = (0, -1)
    var value: Int64 = 0
    while place < bytes.count {
      let byte = bytes[place]
      if byte == UInt8(ascii: "."), fraction < 0, digits > 0 {
        fraction = 0
      } else {
        let digit = byte &- 48
        guard digit < 10, digits < 15 else { return nil }
        value = value &* 10 &+ Int64(digit)
        digits += 1
        if fraction >= 0 { fraction += 1 }
      }
      place += 1
    }
    guard digits > 0, fraction != 0 else { return nil }
    let number = Double(value) / powers[max(fraction, 0)]
    return isNegative ? -number : number
  }
}

extension String {
  init(decoding bytes: Span<UInt8>) {
    self = unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
  }
}

extension Span<UInt8> {
  /// `true` if the bytes are valid UTF-8.
  var isText: Bool {
    var all: UInt8 = 0
    for place in indices { all |= self[place] }
    if all < 0x80 { return true }
    let text = unsafe withUnsafeBufferPointer { unsafe String(validating: $0, as: UTF8.self) }
    return text != nil
  }
}
