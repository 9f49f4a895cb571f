import Kernels
import ParallelLoops

extension SymmetricMatrix {
  /// The least pivot in units of the order times the last place of the diagonal.
  private static let leastPivot = 16.0

  /// Replaces a positive definite matrix, given by its upper triangle, by its inverse: `A = RᵀR`, `V = R⁻ᵀ`,
  /// `A⁻¹ = VᵀV`, each n³/6 multiply-adds.
  ///
  /// V takes the place of the lower triangle and the inverse that of R, so nothing but the diagonal tiles stands in
  /// memory twice.
  package func invert(threads: Int) throws(NotPositiveDefinite) {
    let triangles = DiagonalTiles(tiles)
    try factor(triangles, threads: threads)
    invertFactor(triangles, threads: threads)
    multiplyFactor(triangles, threads: threads)
  }

  /// R in place of the upper triangle, and the inverses of its diagonal tiles.
  private func factor(_ triangles: DiagonalTiles, threads: Int) throws(NotPositiveDefinite) {
    let diagonal = (0..<order).map { self[$0, $0] }
    for row in 0..<tiles {
      parallel(blocks: tiles - row, threads: threads) { block in
        let column = row + block
        for above in 0..<row {
          unsafe Self.multiply(tile(above, row), tile(above, column), to: tile(row, column), subtract: true)
        }
      }
      try factorDiagonal(row, diagonal)
      unsafe Double.invertTriangle(
        tile(row, row), stride: Self.side, into: triangles[row], stride: Self.side, order: Self.side)
      parallel(blocks: tiles - row - 1, threads: threads) { block in
        unsafe Self.apply(triangles[row], to: tile(row, row + 1 + block), negate: false)
      }
    }
    for row in 0..<tiles { unsafe Self.transpose(triangles[row], into: triangles.transposed(row)) }
  }

  private func factorDiagonal(_ row: Int, _ diagonal: [Double]) throws(NotPositiveDefinite) {
    let start = row * Self.side
    let failed = unsafe Double.cholesky(tile(row, row), stride: Self.side, order: Self.side).map { start + $0 }
    for place in start..<min(failed ?? (start + Self.side), order) {
      // What is left of such a pivot is the rounding of what was taken away.
      let root = self[place, place]
      guard root * root > Self.leastPivot * Double(order) * .ulpOfOne * diagonal[place] else {
        throw NotPositiveDefinite(pivot: place, order: order)
      }
    }
    if let failed { throw NotPositiveDefinite(pivot: failed, order: order) }
  }

  /// V below the diagonal, column by column: `V[i, j] = −Tᵢᵀ Σ R[k, i]ᵀ V[k, j]` over k from j to i − 1.
  private func invertFactor(_ triangles: DiagonalTiles, threads: Int) {
    parallel(blocks: tiles, threads: threads) { column in
      for row in column + 1..<max(tiles, column + 1) {
        let target = unsafe tile(row, column)
        unsafe target.update(repeating: 0, count: Self.tileCount)
        unsafe Self.multiply(tile(column, row), triangles.transposed(column), to: target)
        for middle in column + 1..<row { unsafe Self.multiply(tile(middle, row), tile(middle, column), to: target) }
        unsafe Self.apply(triangles[row], to: target, negate: true)
      }
    }
  }

  /// `A⁻¹[i, j] = Σ V[k, i]ᵀ V[k, j]` over k from j on, for i ≤ j, and the lower triangle from that.
  private func multiplyFactor(_ triangles: DiagonalTiles, threads: Int) {
    @Sendable func factor(_ row: Int, _ column: Int) -> UnsafeMutablePointer<Double> {
      unsafe row == column ? triangles.transposed(row) : tile(row, column)
    }
    parallel(blocks: tiles * tiles, threads: threads) { block in
      let (row, column) = (block / tiles, block % tiles)
      guard row <= column else { return }
      let target = unsafe tile(row, column)
      unsafe target.update(repeating: 0, count: Self.tileCount)
      for below in column..<tiles { unsafe Self.multiply(factor(below, row), factor(below, column), to: target) }
    }
    parallel(blocks: tiles, threads: threads) { column in
      for row in 0..<column { unsafe Self.transpose(tile(row, column), into: tile(column, row)) }
    }
  }

  private static func multiply(
    _ a: UnsafeMutablePointer<Double>, _ b: UnsafeMutablePointer<Double>, to c: UnsafeMutablePointer<Double>,
    subtract: Bool = false
  ) {
    unsafe Double.addTransposedProduct(
      a, stride: side, b, stride: side, to: c, stride: side, rows: side, columns: side, depth: side,
      subtract: subtract)
  }

  /// `C = TᵀC`, or its negative.
  private static func apply(
    _ triangle: UnsafeMutablePointer<Double>, to c: UnsafeMutablePointer<Double>, negate: Bool
  ) {
    unsafe withUnsafeTemporaryAllocation(of: Double.self, capacity: tileCount) { copy in
      let start = unsafe copy.baseAddress.unsafelyUnwrapped
      unsafe start.initialize(from: c, count: tileCount)
      unsafe c.update(repeating: 0, count: tileCount)
      unsafe multiply(triangle, start, to: c, subtract: negate)
    }
  }

  private static func transpose(_ source: UnsafeMutablePointer<Double>, into target: UnsafeMutablePointer<Double>) {
    for row in 0..<side {
      for column in 0..<side { unsafe target[column * side + row] = unsafe source[row * side + column] }
    }
  }
}

/// The inverses of a factor's diagonal tiles, and their transposes.
private struct DiagonalTiles: Sendable {
  private let values: SharedBuffer<Double>
  private let count: Int

  init(_ count: Int) {
    self.count = count
    values = SharedBuffer(repeating: 0, count: 2 * count * SymmetricMatrix.tileCount)
  }

  subscript(tile: Int) -> UnsafeMutablePointer<Double> { unsafe values.pointer + tile * SymmetricMatrix.tileCount }

  func transposed(_ tile: Int) -> UnsafeMutablePointer<Double> { unsafe self[count + tile] }
}
