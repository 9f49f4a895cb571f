/// The finaliser of SplitMix64 (Steele, Lea & Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014): mixes
/// the bits of a number, so that equal shares of all numbers fall below each bound. It is a permutation.
public enum SplitMix64 {
  /// The distance of the numbers that the generator mixes: 2⁶⁴ divided by the golden ratio.
  @inlinable public static var increment: UInt64 { 0x9e37_79b9_7f4a_7c15 }

  @inlinable
  public static func mixed(_ number: UInt64) -> UInt64 {
    var mixed = number
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
