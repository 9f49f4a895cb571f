/// Numbers in bits, the lowest bit first, and what else decoders load from bytes.
///
/// Unsafe in name only: a load beyond the bytes would end the program, and every caller checks before.
extension Span<UInt8> {
  @inline(__always)
  func byte(_ place: Int) -> UInt8 { self[place] }

  @inline(__always)
  func load<Value: BitwiseCopyable>(_ place: Int, as type: Value.Type) -> Value {
    unsafe bytes.unsafeLoadUnaligned(fromByteOffset: place, as: type)
  }

  /// A number of `width` bits, at most 64, which begins at a bit.
  ///
  /// - Precondition: all its bits are in the bytes.
  @inline(__always)
  func bits(_ bit: Int, width: Int) -> UInt64 {
    let (place, shift) = (bit >> 3, UInt64(bit & 7))
    var value = (place + 8 <= count ? load(place, as: UInt64.self) : tail(place)) >> shift
    if Int(shift) + width > 64 { value |= UInt64(byte(place + 8)) << (64 - shift) }
    return width == 64 ? value : value & ((1 << UInt64(width)) - 1)
  }

  /// The bytes from a place to the end, fewer than eight, as a number.
  private func tail(_ place: Int) -> UInt64 {
    var value: UInt64 = 0
    for next in place..<count { value |= UInt64(byte(next)) << UInt64(8 * (next - place)) }
    return value
  }

  /// Reads a number of seven bits a byte from `place` on.
  func varint(_ place: inout Int) throws(ParquetFault) -> UInt64 {
    var (value, shift): (UInt64, UInt64) = (0, 0)
    while shift < 64 {
      guard place < count else { throw .cutShort("a page") }
      let byte = byte(place)
      place += 1
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    throw .damaged("a page: a number has more than 64 bits")
  }

  /// Reads a signed number, whose lowest bit is the sign.
  func zigzag(_ place: inout Int) throws(ParquetFault) -> Int64 {
    Int64(zigzag: try varint(&place))
  }
}

extension Int64 {
  /// A signed number from an unsigned one whose lowest bit is the sign.
  init(zigzag value: UInt64) { self = Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1) }
}
