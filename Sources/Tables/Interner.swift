/// Gives equal byte strings equal numbers, in the order in which they are first seen.
package struct Interner: Sendable {
  package private(set) var strings = Strings()
  /// A key and a number for each slot, side by side, so that most strings are found with one access to memory.
  private var slots = [UInt64](repeating: Self.empty, count: 128)

  /// The number of a slot without a string.
  private static let empty = UInt64.max
  /// Set in the keys of strings that a key cannot hold.
  private static let isLong: UInt64 = 1 << 63

  package init() {}

  /// The number of a string of UTF-8; amortised time O(length).
  package mutating func intern(_ string: ArraySlice<UInt8>) -> UInt32 { intern(string.span) }

  package mutating func intern(_ string: String) -> UInt32 { intern(Array(string.utf8).span) }

  package mutating func intern(_ string: Span<UInt8>) -> UInt32 {
    if strings.count * 4 >= slots.count { grow() }
    let key = Self.key(string)
    let mask = slots.count / 2 - 1
    var slot = Self.slot(key) & mask
    while slots[2 * slot + 1] != Self.empty {
      if slots[2 * slot] == key {
        let code = UInt32(truncatingIfNeeded: slots[2 * slot + 1])
        if key & Self.isLong == 0 || strings.equals(Int(code), string) { return code }
      }
      slot = (slot + 1) & mask
    }
    let code = UInt32(strings.count)
    strings.append(string)
    slots[2 * slot] = key
    slots[2 * slot + 1] = UInt64(code)
    return code
  }

  private mutating func grow() {
    let old = slots
    slots = [UInt64](repeating: Self.empty, count: 2 * old.count)
    let mask = slots.count / 2 - 1
    for place in stride(from: 0, to: old.count, by: 2) where old[place + 1] != Self.empty {
      var slot = Self.slot(old[place]) & mask
      while slots[2 * slot + 1] != Self.empty { slot = (slot + 1) & mask }
      slots[2 * slot] = old[place]
      slots[2 * slot + 1] = old[place + 1]
    }
  }

  /// The bytes and the length of a string of at most 7 bytes; a hash of a longer one.
  private static func key(_ string: Span<UInt8>) -> UInt64 {
    var place = 0
    var hash: UInt64 = 0
    while place + 8 <= string.count {
      let word = unsafe string.bytes.unsafeLoadUnaligned(fromByteOffset: place, as: UInt64.self)
      hash = mix(hash ^ word)
      place += 8
    }
    var rest = UInt64(truncatingIfNeeded: string.count & 7) << 56
    var shift: UInt64 = 0
    while place < string.count {
      rest |= UInt64(string[place]) << shift
      shift += 8
      place += 1
    }
    return string.count < 8 ? rest : mix(hash ^ rest ^ UInt64(string.count)) | isLong
  }

  private static func slot(_ key: UInt64) -> Int { Int(truncatingIfNeeded: mix(key)) }

  /// The halves of a product, mixed.
  private static func mix(_ value: UInt64) -> UInt64 {
    let product = (value ^ 0xa076_1d64_78bd_642f).multipliedFullWidth(by: 0x9e37_79b9_7f4a_7c15)
    return product.high ^ product.low
  }
}
