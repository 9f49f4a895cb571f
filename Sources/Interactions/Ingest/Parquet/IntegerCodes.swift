/// Gives equal integers equal numbers, in the order in which they are first seen.
struct IntegerCodes {
  private(set) var values: [Int64] = []
  private var slots = [UInt32](repeating: .max, count: 1024)

  /// The number of an integer; amortised time O(1).
  mutating func code(_ value: Int64) -> UInt32 {
    if values.count * 2 >= slots.count { grow() }
    var slot = Self.hash(value) & (slots.count - 1)
    while slots[slot] != .max {
      if values[Int(slots[slot])] == value { return slots[slot] }
      slot = (slot + 1) & (slots.count - 1)
    }
    let code = UInt32(values.count)
    values.append(value)
    slots[slot] = code
    return code
  }

  private mutating func grow() {
    slots = [UInt32](repeating: .max, count: slots.count * 4)
    for (code, value) in values.enumerated() {
      var slot = Self.hash(value) & (slots.count - 1)
      while slots[slot] != .max { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = UInt32(code)
    }
  }

  @inline(__always)
  private static func hash(_ value: Int64) -> Int {
    let product = (UInt64(bitPattern: value) ^ 0x9e37_79b9_7f4a_7c15).multipliedFullWidth(by: 0xd6e8_feb8_6659_fd93)
    return Int(truncatingIfNeeded: product.high ^ product.low)
  }
}
