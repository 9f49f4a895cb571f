import BasicAlgorithms
import Kernels

/// A generator of random numbers: xoshiro256++ (Blackman & Vigna, 2019), its state filled by SplitMix64 from a seed and
/// a stream name.
///
/// The sequence of a seed is part of the artifacts' meaning and never changes: see `Docs/explanation/determinism.md`.
public struct RandomGenerator: RandomNumberGenerator, Sendable {
  @usableFromInline var state: (UInt64, UInt64, UInt64, UInt64)

  /// - Parameter stream: separates the draws of one seed that serve different ends.
  package init(seed: UInt64, stream: String = "") {
    // The stream's name is mixed into the seed, so that streams of one seed do not meet.
    var hash = FNV1a(seed)
    hash.mix(stream.utf8)
    var mixed = hash.value
    func next() -> UInt64 {
      mixed &+= SplitMix64.increment
      return SplitMix64.mixed(mixed)
    }
    state = (next(), next(), next(), next())
  }

  @inlinable
  public mutating func next() -> UInt64 {
    let sum = state.0 &+ state.3
    let result = (sum << 23 | sum >> 41) &+ state.0
    let shifted = state.1 << 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= shifted
    state.3 = state.3 << 45 | state.3 >> 19
    return result
  }

  /// A whole number below `bound`, each equally likely (Lemire, 2019).
  @inlinable
  public mutating func below(_ bound: UInt64) -> UInt64 {
    precondition(bound > 0, "a number below 0")
    var product = next().multipliedFullWidth(by: bound)
    if product.low < bound {
      let threshold = (0 &- bound) % bound
      while product.low < threshold { product = next().multipliedFullWidth(by: bound) }
    }
    return product.high
  }

  /// A number in [0, 1) with 24 bits.
  @inlinable
  public mutating func uniform() -> Float { Float(next() >> 40) * 0x1p-24 }

  /// Draws `uniform` for every place, in order.
  package mutating func fill(_ values: UnsafeMutableBufferPointer<Float>) {
    for place in values.indices { unsafe values[place] = uniform() }
  }

  /// A number from the normal distribution of mean 0 and deviation 1 (Box & Muller, 1958), the same bits on every
  /// machine.
  package mutating func normal() -> Float {
    // In (0, 1], for the logarithm. An angle from 0 to π has the same cosines as one from 0 to 2π.
    let radius = (-2 * naturalLogarithm(1 - Double(uniform()))).squareRoot()
    return Float(radius * cosine(.pi * Double(uniform())))
  }

  /// The numbers below `count` in random order (Fisher & Yates, from the end).
  package mutating func permutation(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    for place in stride(from: count - 1, to: 0, by: -1) { order.swapAt(place, Int(below(UInt64(place) + 1))) }
    return order
  }
}
