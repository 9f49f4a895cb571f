import BasicAlgorithms

/// A random order of the numbers below a count that needs no memory: each place is computed when it is asked for, in
/// both directions.
///
/// A Feistel network of six rounds (Luby & Rackoff, 1988) permutes a power of two at least as large; numbers beyond the
/// count are sent through it again until they fall below ("cycle walking", Black & Rogaway, CT-RSA 2002), less than
/// once on average.
package struct ComputedPermutation: Sendable {
  package let count: Int
  private let highBits: UInt64
  private let lowBits: UInt64
  private let keys: [UInt64]

  package init(_ count: Int, from random: inout RandomGenerator) {
    precondition(count >= 0, "\(count) numbers")
    self.count = count
    let bits = UInt64(max(UInt64.bitWidth - UInt64(max(count - 1, 0)).leadingZeroBitCount, 2))
    highBits = bits / 2
    lowBits = bits - highBits
    keys = (0..<6).map { _ in random.next() }
  }

  /// The number at a place.
  package subscript(place: Int) -> Int {
    precondition(0..<count ~= place, "place \(place) of \(count)")
    var value = UInt64(place)
    repeat {
      for round in 0..<6 { turn(&value, round) }
    } while value >= UInt64(count)
    return Int(value)
  }

  /// The place of a number.
  package func place(of number: Int) -> Int {
    precondition(0..<count ~= number, "number \(number) of \(count)")
    var value = UInt64(number)
    repeat {
      for round in (0..<6).reversed() { turn(&value, round) }
    } while value >= UInt64(count)
    return Int(value)
  }

  /// One round, which is its own inverse: a half is changed by a function of the other.
  private func turn(_ value: inout UInt64, _ round: Int) {
    let lowMask = (1 << lowBits) - 1 as UInt64
    if round % 2 == 0 {
      value ^= mixed(value >> lowBits, keys[round]) & lowMask
    } else {
      value ^= mixed(value & lowMask, keys[round]) & ((1 << highBits) - 1) << lowBits
    }
  }

  private func mixed(_ half: UInt64, _ key: UInt64) -> UInt64 { SplitMix64.mixed(half &+ key) }
}
