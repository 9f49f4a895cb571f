/// The bytes of a number, the lowest first.
package func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
  unsafe withUnsafeBytes(of: value.littleEndian) { unsafe Array($0) }
}

/// A number as protocol buffers encode it: seven bits a byte, the lowest first; the eighth bit says that more follow
/// (protobuf.dev/programming-guides/encoding). Negative numbers take ten bytes.
package func varint(_ value: Int) -> [UInt8] {
  var rest = UInt64(bitPattern: Int64(value))
  var bytes: [UInt8] = []
  while rest >= 0x80 {
    bytes.append(UInt8(rest & 0x7f) | 0x80)
    rest >>= 7
  }
  bytes.append(UInt8(rest))
  return bytes
}

extension Collection<UInt8> where SubSequence == Self {
  /// Takes a varint from the front; nil where it is cut short.
  package mutating func popVarint() -> UInt64? {
    var (value, shift): (UInt64, UInt64) = (0, 0)
    while shift < 64, let byte = popFirst() {
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    return nil
  }
}
