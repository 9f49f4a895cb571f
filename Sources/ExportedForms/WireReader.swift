import BasicAlgorithms

/// A reader of the fields of a message in the wire format of protocol buffers, without copying.
///
/// `@safe` because whoever makes one keeps the bytes as long as the fields are read.
@safe
struct WireReader: Sequence, IteratorProtocol {
  @safe
  struct Field {
    let number: Int
    /// The contents of a length-delimited field.
    let bytes: UnsafeRawBufferPointer
    /// The value of a field that is a number.
    let value: UInt64
  }

  private var rest: Slice<UnsafeRawBufferPointer>

  init(_ bytes: UnsafeRawBufferPointer) { unsafe rest = bytes[...] }

  /// Returns the next field; `nil` at the end, and for bytes that are not a field.
  mutating func next() -> Field? {
    guard let head = unsafe rest.popVarint() else { return nil }
    let number = Int(truncatingIfNeeded: head >> 3)
    switch head & 7 {
    case 0:
      return unsafe rest.popVarint().map {
        unsafe Field(number: number, bytes: UnsafeRawBufferPointer(rebasing: rest.prefix(0)), value: $0)
      }
    case 2:
      guard let length = unsafe rest.popVarint(), unsafe length <= UInt64(rest.count) else { return nil }
      defer { unsafe rest = rest.dropFirst(Int(length)) }
      return unsafe Field(
        number: number, bytes: UnsafeRawBufferPointer(rebasing: rest.prefix(Int(length))), value: length)
    default: return nil
    }
  }
}

extension UnsafeRawBufferPointer {
  var text: String { unsafe String(decoding: self, as: UTF8.self) }

  /// Returns the fields of one number of the message.
  func fields(_ number: Int) -> some Sequence<WireReader.Field> {
    unsafe WireReader(self).lazy.filter { $0.number == number }
  }
}
