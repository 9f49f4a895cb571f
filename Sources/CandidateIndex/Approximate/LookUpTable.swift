import Kernels

/// What each codeword adds to the score of a query, in one byte: `score ≈ leaf + base + sum / scale`.
///
/// The least entry of each subspace is taken out into the base, and one scale serves all (as FAISS' fast scan).
struct LookUpTable {
  let entries: [UInt8]
  let base: Float
  let scale: Float

  /// - Parameter query: `quantizer.dimension` finite floats.
  init(_ query: UnsafePointer<Float>, _ quantizer: ProductQuantizer) {
    let (width, subspaces) = (quantizer.width, quantizer.subspaces)
    let codebooks = quantizer.codebooks.pointer
    var values = [Float](repeating: 0, count: subspaces * 16)
    var (lowest, widest) = ([Float](repeating: 0, count: subspaces), Float(0))
    for subspace in 0..<subspaces {
      for column in min(subspace * width, quantizer.dimension)..<min((subspace + 1) * width, quantizer.dimension) {
        for codeword in 0..<16 { values[subspace * 16 + codeword] += query[column] * codebooks[column * 16 + codeword] }
      }
      var (low, high) = (values[subspace * 16], values[subspace * 16])
      for codeword in 1..<16 {
        low = min(low, values[subspace * 16 + codeword])
        high = max(high, values[subspace * 16 + codeword])
      }
      lowest[subspace] = low
      widest = max(widest, high - low)
    }
    let scale = widest > 0 && widest.isFinite ? Float(quantizer.greatestEntry) / widest : 1
    entries = [UInt8](unsafeUninitializedCapacity: subspaces * 16) { buffer, count in
      for place in 0..<subspaces * 16 {
        let entry = ((values[place] - lowest[place / 16]) * scale).rounded()
        buffer[place] = entry >= 0 && entry <= 255 ? UInt8(entry) : 0
      }
      count = subspaces * 16
    }
    base = lowest.reduce(0, +)
    self.scale = scale
  }

  /// The least sum whose score in a leaf exceeds `score`; nil if none can.
  func threshold(above score: Float, leaf: Float) -> UInt16? {
    let wanted = ((score - leaf - base) * scale).rounded(.up)
    guard wanted > 0 else { return 0 }
    return wanted <= 65_535 ? UInt16(wanted) : nil
  }

  func score(_ sum: UInt16, leaf: Float) -> Float { leaf + base + Float(sum) / scale }
}
