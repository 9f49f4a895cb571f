import Glibc

/// Gives equal byte strings equal numbers, in the order in which they are first seen.
///
/// Unsafe inside, for speed: strings are hashed and compared where they lie, eight bytes at a time.
package struct Interner: Sendable {
  package private(set) var strings = Strings()
  private var slots = [Slot](repeating: Slot(), count: 64)

  /// A string in the table: short ones are compared without a look at where they are stored.
  private struct Slot: BitwiseCopyable {
    /// The first eight bytes.
    var head: UInt64 = 0
    /// The hash's upper half of a longer string; the length of one of up to eight bytes.
    var rest: UInt32 = 0
    /// The number; the greatest of all where there is no string.
    var code = UInt32.max
  }

  package init() {}

  /// The number of a string of UTF-8; amortised time O(length).
  package mutating func intern(_ string: ArraySlice<UInt8>) -> UInt32 {
    unsafe string.withUnsafeBytes { unsafe number($0) }
  }

  package mutating func intern(_ string: String) -> UInt32 {
    var string = string
    return string.withUTF8 { unsafe number(UnsafeRawBufferPointer($0)) }
  }

  package mutating func intern(_ string: Span<UInt8>) -> UInt32 {
    unsafe string.withUnsafeBytes { unsafe number($0) }
  }

  /// Appends the numbers of strings that lie in one buffer.
  package mutating func intern(_ buffer: [UInt8], _ ranges: [Range<Int>], into codes: inout [UInt32]) {
    unsafe buffer.withUnsafeBytes { bytes in
      unsafe intern(bytes, count: ranges.count, into: &codes) { ranges[$0] }
    }
  }

  /// Appends the numbers of the strings of one field of all rows.
  package mutating func intern(_ batch: FieldBatch, field: Int, into codes: inout [UInt32]) {
    unsafe batch.bytes.withUnsafeBytes { bytes in
      unsafe intern(bytes, count: batch.rows, into: &codes) { batch.range($0, field) }
    }
  }

  @inline(__always)
  private mutating func intern(
    _ bytes: UnsafeRawBufferPointer, count: Int, into codes: inout [UInt32], _ range: (Int) -> Range<Int>
  ) {
    codes.reserve(codes.count + count)
    var wanted = [(hash: UInt64, slot: Slot)](repeating: (0, Slot()), count: min(Self.batch, count))
    for start in stride(from: 0, to: count, by: Self.batch) {
      let batch = start..<min(start + Self.batch, count)
      while isFull(strings.count + batch.count) { grow() }
      for place in batch {
        let next = unsafe Self.slot(bytes, range(place))
        // Places far apart come from memory side by side, and are at hand when they are compared.
        touched &+= slots[Int(truncatingIfNeeded: next.hash) & (slots.count - 1)].code
        wanted[place - start] = next
      }
      for place in batch {
        let (hash, slot) = wanted[place - start]
        codes.append(unsafe number(UnsafeRawBufferPointer(rebasing: bytes[range(place)]), hash, slot))
      }
    }
  }

  private static let batch = 64
  /// A value without meaning: the compiler cannot leave out what it depends on.
  private var touched: UInt32 = 0

  private mutating func number(_ string: UnsafeRawBufferPointer) -> UInt32 {
    if isFull(strings.count) { grow() }
    let (hash, wanted) = unsafe Self.slot(string)
    return unsafe number(string, hash, wanted)
  }

  /// - Precondition: less than four fifths of the slots are taken.
  @inline(__always)
  private mutating func number(_ string: UnsafeRawBufferPointer, _ hash: UInt64, _ wanted: Slot) -> UInt32 {
    var place = Int(truncatingIfNeeded: hash) & (slots.count - 1)
    while slots[place].code != .max {
      let slot = slots[place]
      if slot.head == wanted.head, slot.rest == wanted.rest,
        unsafe string.count <= 8 || strings.isEqual(Int(slot.code), string)
      {
        return slot.code
      }
      place = (place + 1) & (slots.count - 1)
    }
    let code = UInt32(strings.count)
    unsafe strings.append(string)
    slots[place] = Slot(head: wanted.head, rest: wanted.rest, code: code)
    return code
  }

  /// `true` if so many strings take four fifths of the slots: a table of half the size stays nearer to the processor, which
  /// is worth more than the places that are looked at besides.
  private func isFull(_ count: Int) -> Bool { count * 5 >= slots.count * 4 }

  private mutating func grow() {
    let old = slots
    slots = [Slot](repeating: Slot(), count: old.count * (old.count < 1 << 16 ? 4 : 2))
    for slot in old where slot.code != .max {
      let hash =
        slot.rest <= 8
        ? Self.hash(slot.head, count: slot.rest)
        : unsafe strings.utf8(Int(slot.code)).withUnsafeBytes { unsafe Self.slot($0).hash }
      var place = Int(truncatingIfNeeded: hash) & (slots.count - 1)
      while slots[place].code != .max { place = (place + 1) & (slots.count - 1) }
      slots[place] = slot
    }
  }

  /// The hash of a string in a buffer, and its slot without a number. Of up to eight bytes it takes one load, where the
  /// buffer has as many.
  @inline(__always)
  private static func slot(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> (hash: UInt64, slot: Slot) {
    guard range.count <= 8, range.lowerBound + 8 <= bytes.count else {
      return unsafe slot(UnsafeRawBufferPointer(rebasing: bytes[range]))
    }
    let word = unsafe UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: range.lowerBound, as: UInt64.self))
    // Shifts by all 64 bits give 0.
    let head = word & ~(UInt64.max << UInt64(8 * range.count))
    let count = UInt32(range.count)
    return (hash(head, count: count), Slot(head: head, rest: count))
  }

  /// The hash of a string and its slot, without a number: multiplies and folds eight bytes at a time, as wyhash does
  /// (github.com/wangyi-fudan/wyhash).
  @inline(__always)
  private static func slot(_ string: UnsafeRawBufferPointer) -> (hash: UInt64, slot: Slot) {
    var place = 0
    if string.count <= 8 {
      var head: UInt64 = 0
      while place < string.count {
        head |= UInt64(unsafe string[place]) << UInt64(8 * place)
        place += 1
      }
      let count = UInt32(string.count)
      return (hash(head, count: count), Slot(head: head, rest: count))
    }
    let head = unsafe string.loadUnaligned(fromByteOffset: 0, as: UInt64.self)
    var hash = 0x9e37_79b9_7f4a_7c15 ^ UInt64(string.count)
    while place + 8 <= string.count {
      let word = unsafe string.loadUnaligned(fromByteOffset: place, as: UInt64.self)
      hash = folded(hash ^ word, 0xa076_1d64_78bd_642f)
      place += 8
    }
    // The last eight bytes, some of them once more.
    let last = unsafe string.loadUnaligned(fromByteOffset: string.count - 8, as: UInt64.self)
    hash = folded(hash ^ last, 0xe703_7ed1_a0b4_28db)
    // Above any length of a short one.
    return (hash, Slot(head: head, rest: UInt32(truncatingIfNeeded: hash >> 32) | 0x8000_0000))
  }

  /// The hash of up to eight bytes, as one number.
  @inline(__always)
  private static func hash(_ head: UInt64, count: UInt32) -> UInt64 {
    folded(head ^ 0x9e37_79b9_7f4a_7c15 ^ UInt64(count), 0xe703_7ed1_a0b4_28db)
  }

  @inline(__always)
  private static func folded(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let product = left.multipliedFullWidth(by: right)
    return product.high ^ product.low
  }
}

extension Array {
  /// Makes room for so many elements; unlike `reserveCapacity`, at least doubles what there is.
  mutating func reserve(_ count: Int) {
    if capacity < count { reserveCapacity(Swift.max(count, 2 * capacity)) }
  }
}
