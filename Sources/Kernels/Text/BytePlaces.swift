import CKernels

/// The places of three bytes in text, found 64 bytes at a time.
public struct BytePlaces: Sendable {
  /// The places, and behind them room.
  @usableFromInline var room: [UInt32] = []
  public private(set) var count = 0
  /// `true` if all of the text was ASCII.
  package private(set) var isASCII = true

  package init() {}

  /// A place that was found last, in order from 0.
  @inlinable
  public subscript(number: Int) -> Int { Int(room[number]) }

  /// Finds the places in a part of a buffer of less than 4 GiB, in place of those before; bytes may be equal.
  package mutating func find(
    _ bytes: (UInt8, UInt8, UInt8), in buffer: Span<UInt8>, _ range: Range<Int>, variant: KernelVariant = .current
  ) {
    let needed = range.count + Int(CK_PLACES_SLACK)
    if room.count < needed { room = [UInt32](repeating: 0, count: needed) }
    var all: UInt8 = 0
    count = unsafe buffer.extracting(range).withUnsafeBufferPointer { text in
      guard let start = text.baseAddress else { return 0 }
      return unsafe ck_find_bytes(
        variant.code, start, text.count, bytes.0, bytes.1, bytes.2, UInt32(range.lowerBound), &room, &all)
    }
    isASCII = all < 0x80
  }
}
