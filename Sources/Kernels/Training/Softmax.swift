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
    precondition(rows <= maximum.count && columns % 8 == 0, "a tile of \(rows) by \(columns)")
    unsafe ck_softmax_tile(
      variant.code, scores, stride, rows, columns, bias, maximum.pointer, sum.pointer, rescale.pointer)
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

/// ln 2.
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
