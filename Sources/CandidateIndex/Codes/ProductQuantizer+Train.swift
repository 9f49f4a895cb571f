import Kernels
import ParallelLoops
import RandomNumbers

extension ProductQuantizer {
  /// Learns codewords by k-means, separately in each subspace.
  ///
  /// - Parameter residuals: at least one row.
  static func train(
    on residuals: Matrix, starts: [UInt32], anisotropy: Float, iterations: Int, seed: UInt64, threads: Int
  ) -> ProductQuantizer {
    let codebooks = AlignedFloats(residuals.columns * codewords)
    var random = RandomGenerator(seed: seed, stream: "codewords")
    let order = random.permutation(residuals.rows)
    for codeword in 0..<codewords {
      let row = order[codeword % order.count]
      for column in 0..<residuals.columns { codebooks[column * codewords + codeword] = residuals[row, column] }
    }
    let trained = ProductQuantizer(starts: starts, codebooks: codebooks, anisotropy: 1)
    for _ in 0..<iterations { trained.move(on: residuals, &random, threads: threads) }
    return ProductQuantizer(starts: starts, codebooks: codebooks, anisotropy: anisotropy)
  }

  /// Runs one round of Lloyd's algorithm: every codeword moves to the mean of the residual parts encoded by it.
  private func move(on residuals: Matrix, _ random: inout RandomGenerator, threads: Int) {
    let size = 1024
    let direction = AlignedFloats(residuals.stride)
    // One sum per block, added in the order of blocks, so that threads change no bit.
    let sums = parallelMap((residuals.rows + size - 1) / size, threads: threads) { block in
      let scratch = CodeScratch(subspaces: subspaces)
      var sums = CodewordSums(dimension: dimension, subspaces: subspaces)
      for row in block * size..<min((block + 1) * size, residuals.rows) {
        let residual = unsafe residuals.pointer(row: row)
        unsafe encode(residual, direction: direction.pointer, scratch: scratch, into: scratch.codes.pointer)
        unsafe sums.add(residual, scratch.codes.pointer, starts: starts)
      }
      return sums
    }
    for subspace in 0..<subspaces {
      for codeword in 0..<Self.codewords {
        let count = sums.reduce(0) { $0 + $1.counts[subspace * Self.codewords + codeword] }
        let spare = Int(random.below(UInt64(residuals.rows)))
        for column in Int(starts[subspace])..<Int(starts[subspace + 1]) {
          let index = column * Self.codewords + codeword
          let total = sums.reduce(0) { $0 + $1.sums[index] }
          // A codeword that encodes nothing moves to a random residual.
          codebooks[index] = count > 0 ? Float(total / Double(count)) : residuals[spare, column]
        }
      }
    }
  }
}

/// Sums and counts of the parts of each codeword, over one block of rows.
private struct CodewordSums {
  private(set) var sums: [Double]
  private(set) var counts: [Int]

  init(dimension: Int, subspaces: Int) {
    sums = [Double](repeating: 0, count: dimension * ProductQuantizer.codewords)
    counts = [Int](repeating: 0, count: subspaces * ProductQuantizer.codewords)
  }

  mutating func add(_ residual: UnsafePointer<Float>, _ codes: UnsafePointer<UInt8>, starts: [UInt32]) {
    for subspace in 0..<starts.count - 1 {
      let codeword = unsafe Int(codes[subspace])
      counts[subspace * ProductQuantizer.codewords + codeword] += 1
      for column in Int(starts[subspace])..<Int(starts[subspace + 1]) {
        unsafe sums[column * ProductQuantizer.codewords + codeword] += Double(residual[column])
      }
    }
  }
}
