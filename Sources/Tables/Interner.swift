/// Gives equal byte strings equal numbers, in the order in which they are first seen.
package struct Interner: Sendable {
  package private(set) var strings = Strings()
  /// The upper half of a string's hash and its number; `empty` where there is none.
  private var slots = [UInt64](repeating: Self.empty, count: 64)

  private static let empty = UInt64.max

  package init() {}

  /// The number of a string of UTF-8; amortised time O(length).
  package mutating func intern(_ string: ArraySlice<UInt8>) -> UInt32 { intern(string.span) }

  package mutating func intern(_ string: String) -> UInt32 { intern(Array(string.utf8).span) }

  package mutating func intern(_ string: Span<UInt8>) -> UInt32 {
    if strings.count * 2 >= slots.count { grow() }
    let hash = Self.hash(string)
    let tag = hash >> 32
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while slots[slot] != Self.empty {
      if slots[slot] >> 32 == tag {
        let code = UInt32(truncatingIfNeeded: slots[slot])
        if strings.equals(Int(code), string) { return code }
      }
      slot = (slot + 1) & mask
    }
    let code = UInt32(strings.count)
    strings.append(string)
    slots[slot] = tag << 32 | UInt64(code)
    return code
  }

  private mutating func grow() {
    slots = [UInt64](repeating: Self.empty, count: slots.count * 2)
    let mask = slots.count - 1
    for code in 0..<strings.count {
      let hash = Self.hash(strings.utf8(code).span)
      var slot = Int(truncatingIfNeeded: hash) & mask
      while slots[slot] != Self.empty { slot = (slot + 1) & mask }
      slots[slot] = (hash & ~0xffff_ffff) | UInt64(code)
    }
  }

  /// A product for every 8 bytes, its halves mixed.
  private static func hash(_ string: Span<UInt8>) -> UInt64 {
    func mix(_ value: UInt64) -> UInt64 {
      let product = value.multipliedFullWidth(by: 0x9e37_79b9_7f4a_7c15)
      return product.high ^ product.low
    }
    var hash = UInt64(string.count) &* 0xff51_afd7_ed55_8ccd
    var place = 0
    while place + 8 <= string.count {
      let word = unsafe string.bytes.unsafeLoadUnaligned(fromByteOffset: place, as: UInt64.self)
      hash = mix(hash ^ word)
      place += 8
    }
    var rest: UInt64 = 0
    while place < string.count {
      rest = rest << 8 | UInt64(string[place])
      place += 1
    }
    return mix(mix(hash ^ rest ^ 0xa076_1d64_78bd_642f))
  }
}
