import RandomNumbers

/// The number of times that each query is in each resample of a bootstrap: independent draws of a Poisson distribution
/// with mean 1, the limit of drawing with replacement, which need no knowledge of how many queries there are (Chamandy
/// et al., "Estimating Uncertainty for Massive Data Streams", Google 2012).
struct PoissonWeights: Sendable {
  /// P(weight <= i) as 32-bit fractions.
  private let cumulative: [UInt32]
  /// The weight by the first byte of a draw, if that byte decides it.
  private let byFirstByte: [Int8]

  init() {
    var (sum, term) = (0.0, 0.36787944117144233)
    cumulative = (0..<10).map { weight in
      if weight > 0 { term /= Double(weight) }
      sum += term
      return UInt32(min(sum * 0x1p32, 0x1p32 - 1))
    }
    let cumulative = cumulative
    byFirstByte = (0..<256).map { byte in
      let (low, high) = (UInt32(byte) << 24, UInt32(byte) << 24 | 0xff_ffff)
      let weight = cumulative.count { $0 <= low }
      return weight == cumulative.count { $0 <= high } ? Int8(weight) : -1
    }
  }

  /// Draws the weights of the next queries of one resample. Unsafe inside, for speed: a byte is always within a table
  /// of 256.
  func draw(_ random: inout RandomGenerator, into weights: UnsafeMutableBufferPointer<Float>) {
    unsafe byFirstByte.withUnsafeBufferPointer { table in
      var bits: UInt64 = 0
      for place in weights.indices {
        bits = place % 2 == 0 ? random.next() : bits >> 32
        let draw = UInt32(truncatingIfNeeded: bits)
        let weight = unsafe table[Int(draw >> 24)]
        unsafe weights[place] = Float(weight >= 0 ? Int(weight) : cumulative.count { $0 <= draw })
      }
    }
  }
}
