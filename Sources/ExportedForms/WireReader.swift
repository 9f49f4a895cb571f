import BasicAlgorithms

/// A reader of the fields of a message in the wire format of protocol buffers, without copying.
struct WireReader: Sequence, IteratorProtocol {
  struct Field {
    let number: Int
    /// The contents of a length-delimited field.
    let bytes: UnsafeRawBufferPointer
    /// Of one that has none.
    let value: UInt64
  }

  private var rest: Slice<UnsafeRawBufferPointer>

  init(_ bytes: UnsafeRawBufferPointer) { rest = bytes[...] }

  /// Returns the next field; `nil` at the end, and for bytes that are not a field.
  mutating func next() -> Field? {
    guard let head = rest.popVarint() else { return nil }
    let number = Int(truncatingIfNeeded: head >> 3)
    switch head & 7 {
    case 0:
      return rest.popVarint().map {
        Field(number: number, bytes: UnsafeRawBufferPointer(rebasing: rest.prefix(0)), value: $0)
      }
    case 2:
      guard let length = rest.popVarint(), length <= UInt64(rest.count) else { return nil }
      defer { rest = rest.dropFirst(Int(length)) }
      return Field(number: number, bytes: UnsafeRawBufferPointer(rebasing: rest.prefix(Int(length))), value: length)
    default: return nil
    }
  }
}

extension UnsafeRawBufferPointer {
  var text: String { String(decoding: self, as: UTF8.self) }

  /// Returns the fields of one number of the message.
  func fields(_ number: Int) -> some Sequence<WireReader.Field> {
    WireReader(self).lazy.filter { $0.number == number }
  }
}
