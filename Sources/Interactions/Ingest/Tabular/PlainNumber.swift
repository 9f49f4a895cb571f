/// Numbers as most files spell them, read without a copy: what is not so plain is `nil`, and left to others.
enum PlainNumber {
  /// An integer of 1 to 18 digits and perhaps a minus.
  static func integer(_ bytes: Span<UInt8>) -> Int64? {
    var place = 0
    let isNegative = bytes.count > 1 && bytes[0] == UInt8(ascii: "-")
    if isNegative { place = 1 }
    guard 1...18 ~= bytes.count - place else { return nil }
    var value: Int64 = 0
    if bytes.count - place >= 8 {
      guard let digits = eightDigits(bytes, place) else { return nil }
      value = digits
      place += 8
    }
    while place < bytes.count {
      let digit = bytes[place] &- 48
      guard digit < 10 else { return nil }
      value = value &* 10 &+ Int64(digit)
      place += 1
    }
    return isNegative ? -value : value
  }

  /// The number that eight digits spell, all at once (Lemire, "Quickly parsing eight digits", 2018).
  @inline(__always)
  private static func eightDigits(_ bytes: Span<UInt8>, _ place: Int) -> Int64? {
    let word = unsafe bytes.withUnsafeBytes {
      unsafe UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: place, as: UInt64.self))
    }
    let digits = word &- 0x3030_3030_3030_3030
    guard (word &+ 0x4646_4646_4646_4646 | digits) & 0x8080_8080_8080_8080 == 0 else { return nil }
    let pairs = digits &* 10 &+ digits >> 8
    let low = (pairs & 0x0000_00ff_0000_00ff) &* 0x000f_4240_0000_0064
    let high = (pairs >> 16 & 0x0000_00ff_0000_00ff) &* 0x0000_2710_0000_0001
    return Int64((low &+ high) >> 32)
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
