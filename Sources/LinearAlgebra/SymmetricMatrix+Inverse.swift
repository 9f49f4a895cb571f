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
          tile(row, column).addProduct(tile(above, row), tile(above, column), subtract: true)
        }
      }
      try factorDiagonal(row, diagonal)
      tile(row, row).invertTriangle(into: triangles[row])
      parallel(blocks: tiles - row - 1, threads: threads) { block in
        tile(row, row + 1 + block).apply(triangles[row], negate: false)
      }
    }
    for row in 0..<tiles { triangles[row].transpose(into: triangles.transposed(row)) }
  }

  private func factorDiagonal(_ row: Int, _ diagonal: [Double]) throws(NotPositiveDefinite) {
    let start = row * Tile.side
    let failed = tile(row, row).cholesky().map { start + $0 }
    for place in start..<min(failed ?? (start + Tile.side), order) {
      // Such a pivot is the rounding error of the subtracted terms.
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
        let target = tile(row, column)
        target.zero()
        target.addProduct(tile(column, row), triangles.transposed(column))
        for middle in column + 1..<row { target.addProduct(tile(middle, row), tile(middle, column)) }
        target.apply(triangles[row], negate: true)
      }
    }
  }

  /// `A⁻¹[i, j] = Σ V[k, i]ᵀ V[k, j]` over k from j on, for i ≤ j, and the lower triangle from that.
  private func multiplyFactor(_ triangles: DiagonalTiles, threads: Int) {
    @Sendable func factor(_ row: Int, _ column: Int) -> Tile {
      row == column ? triangles.transposed(row) : tile(row, column)
    }
    parallel(blocks: tiles * tiles, threads: threads) { block in
      let (row, column) = (block / tiles, block % tiles)
      guard row <= column else { return }
      let target = tile(row, column)
      target.zero()
      for below in column..<tiles { target.addProduct(factor(below, row), factor(below, column)) }
    }
    parallel(blocks: tiles, threads: threads) { column in
      for row in 0..<column { tile(row, column).transpose(into: tile(column, row)) }
    }
  }
}

/// The inverses of a factor's diagonal tiles, and their transposes.
private struct DiagonalTiles: Sendable {
  private let values: SharedBuffer<Double>
  private let count: Int

  init(_ count: Int) {
    self.count = count
    values = SharedBuffer(repeating: 0, count: 2 * count * Tile.count)
  }

  subscript(tile: Int) -> Tile { Tile(values, number: tile) }

  func transposed(_ tile: Int) -> Tile { self[count + tile] }
}
