import BasicAlgorithms

/// Fields of a message in the wire format of protocol buffers, where they lie.
///
/// `@safe` because whoever makes one keeps the bytes as long as the fields are read.
@safe
struct WireReader: Sequence, IteratorProtocol {
  @safe
  struct Field {
    let number: Int
    /// Of a field that has a length.
    let bytes: UnsafeRawBufferPointer
    /// Of one that has none.
    let value: UInt64
  }

  private var rest: Slice<UnsafeRawBufferPointer>

  init(_ bytes: UnsafeRawBufferPointer) { unsafe rest = bytes[...] }

  /// Ends at what is no field.
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

  /// The fields of one number, of the message that these bytes are.
  func fields(_ number: Int) -> some Sequence<WireReader.Field> {
    unsafe WireReader(self).lazy.filter { $0.number == number }
  }
}
