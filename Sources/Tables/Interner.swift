import BasicAlgorithms

/// Gives equal byte strings equal numbers, in the order in which they are first seen.
package struct Interner: Sendable {
  package private(set) var strings = Strings()
  private var slots = [UInt32](repeating: .max, count: 64)

  package init() {}

  /// The number of a string of UTF-8; amortised time O(length).
  package mutating func intern(_ string: ArraySlice<UInt8>) -> UInt32 { number(string) }

  package mutating func intern(_ string: String) -> UInt32 { number(string.utf8) }

  private mutating func number(_ string: some Collection<UInt8>) -> UInt32 {
    if strings.count * 2 >= slots.count { grow() }
    var slot = Int(truncatingIfNeeded: Self.hash(string)) & (slots.count - 1)
    while slots[slot] != .max {
      if strings.bytes[strings.range(Int(slots[slot]))].elementsEqual(string) { return slots[slot] }
      slot = (slot + 1) & (slots.count - 1)
    }
    let code = UInt32(strings.count)
    strings.append(string)
    slots[slot] = code
    return code
  }

  private mutating func grow() {
    slots = [UInt32](repeating: .max, count: slots.count * 2)
    for code in 0..<strings.count {
      var slot = Int(truncatingIfNeeded: Self.hash(strings.utf8(code))) & (slots.count - 1)
      while slots[slot] != .max { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = UInt32(code)
    }
  }

  private static func hash(_ string: some Collection<UInt8>) -> UInt64 {
    var hash = FNV1a()
    hash.mix(string)
    return hash.value ^ (hash.value >> 29)
  }
}
