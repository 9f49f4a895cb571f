/// A number whose bits are mixed, so that equal shares of all numbers fall below each bound (the end of SplitMix64).
@inline(__always)
func mixedBits(_ number: UInt64) -> UInt64 {
  var mixed = number &+ 0x9e37_79b9_7f4a_7c15
  mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
  mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
  return mixed ^ (mixed >> 31)
}
