import CKernels

/// The state of an online softmax over a block of rows: the highest score so far, the total of `exp(score - maximum)`,
/// and what the last tile multiplied earlier totals with (Milakov & Gimelshein, arXiv 1805.02867).
package struct SoftmaxState: Sendable {
  package let maximum: AlignedFloats
  package let sum: AlignedFloats
  package let rescale: AlignedFloats

  package init(rows: Int) {
    maximum = AlignedFloats(rows)
    sum = AlignedFloats(rows)
    rescale = AlignedFloats(rows)
    reset()
  }

  package func reset() {
    // Finite, so that "maximum - raised" is no NaN where a tile is all padding.
    unsafe maximum.pointer.update(repeating: -1e30, count: maximum.count)
    unsafe sum.pointer.update(repeating: 0, count: sum.count)
  }

  /// Turns a tile of scores into `exp(score + bias - maximum)` and takes it into account.
  package func take(
    _ scores: UnsafeMutablePointer<Float>, stride: Int, rows: Int, columns: Int, bias: UnsafePointer<Float>,
    variant: KernelVariant = .current
  ) {
    precondition(rows <= maximum.count && columns % 16 == 0, "a tile of \(rows) by \(columns)")
    unsafe ck_softmax_tile(
      variant.code, scores, stride, rows, columns, bias, maximum.pointer, sum.pointer, rescale.pointer)
  }
}

/// A softmax over rows of scores in panels, whose levels, what is taken from the exponents, are the highest scores or
/// bounds of them.
package struct PanelSoftmax: Sendable {
  package let levels: AlignedFloats
  /// The partial sums of exponentials, eight a row.
  private let sums: AlignedFloats

  /// - Parameter levels: one a row; those that `raise` finds if not given.
  package init(rows: Int, levels: Float? = nil) {
    // Finite, so that "score - level" is no NaN where a row is all padding.
    self.levels = AlignedFloats(repeating: levels ?? -1e30, count: rows)
    sums = AlignedFloats(8 * rows)
  }

  /// Raises the levels to the highest scores.
  ///
  /// - Parameters:
  ///   - row: of `scores`, that the first row of the softmax stands in.
  ///   - tile: columns; begins at a multiple of 16, and is rounded up to one.
  ///   - bias: added to the scores; a number for each column of `scores`.
  package func raise(
    by scores: PanelMatrix, from row: Int, tile: Range<Int>, bias: AlignedFloats, variant: KernelVariant = .current
  ) {
    let width = check(scores, row, tile, bias)
    unsafe ck_raise_maxima(
      variant.code, scores.operand(row, tile.lowerBound), levels.count, width, bias.pointer + tile.lowerBound,
      levels.pointer)
  }

  /// Turns scores into `exp(score + bias - level)` and adds them to the sums.
  package func take(
    _ scores: PanelMatrix, from row: Int, tile: Range<Int>, bias: AlignedFloats, variant: KernelVariant = .current
  ) {
    let width = check(scores, row, tile, bias)
    unsafe ck_add_exponentials(
      variant.code, scores.target(row, tile.lowerBound), levels.count, width, bias.pointer + tile.lowerBound,
      levels.pointer, sums.pointer)
  }

  package func sum(_ row: Int) -> Float {
    func lane(_ lane: Int) -> Float { sums[8 * row + lane] }
    return ((lane(0) + lane(4)) + (lane(2) + lane(6))) + ((lane(1) + lane(5)) + (lane(3) + lane(7)))
  }

  private func check(_ scores: PanelMatrix, _ row: Int, _ tile: Range<Int>, _ bias: AlignedFloats) -> Int {
    let width = Matrix.padded(tile.count)
    precondition(row + levels.count <= scores.rows, "\(levels.count) rows from \(row) on of \(scores.rows)")
    precondition(tile.lowerBound + width <= min(scores.columns, bias.count), "tile \(tile) of \(scores.columns)")
    return width
  }
}

/// `exp` of each value, within 2 units in the last place.
package func exponentials(of values: inout [Float], variant: KernelVariant = .current) {
  let count = values.count
  unsafe values.withUnsafeMutableBufferPointer { buffer in
    if let start = buffer.baseAddress { unsafe ck_exp(variant.code, start, count) }
  }
}

package func exponentials(of values: AlignedFloats, variant: KernelVariant = .current) {
  unsafe ck_exp(variant.code, values.pointer, values.count)
}

/// The natural logarithm of 2.
package let naturalLogarithmOf2 = 0.6931471805599453

/// The natural logarithm of a positive normal number, the same bits on every machine.
package func naturalLogarithm(_ value: Double) -> Double {
  precondition(value.isNormal && value > 0, "the logarithm of \(value)")
  return ck_log(value)
}

/// The cosine of an angle from 0 to π, the same bits on every machine.
package func cosine(_ angle: Double) -> Double {
  precondition(0...3.15 ~= angle, "the cosine of \(angle)")
  return ck_cos(angle)
}
