/// The function between two dense layers.
package enum Activation: String, Sendable, CaseIterable {
  case relu
  /// Hendrycks & Gimpel, 2016, in the form of a hyperbolic tangent (Keras' `gelu(approximate=True)`).
  case gelu

  /// Replaces the elements of some rows by the function of them.
  package func apply(to matrix: Matrix, rows: Range<Int>) {
    let values = unsafe matrix.part(rows)
    switch self {
    case .relu: for place in values.indices { unsafe values[place] = max(values[place], 0) }
    case .gelu:
      let gates = unsafe Gates(of: UnsafeBufferPointer(values))
      for place in values.indices { unsafe values[place] *= gates.values.pointer[place] }
    }
  }

  /// Multiplies gradients of some rows by the derivative of the function.
  ///
  /// - Parameter sums: the elements before the function was applied; of `relu` those after it do as well.
  package func pullBack(_ gradients: Matrix, rows: Range<Int>, at sums: Matrix) {
    precondition(sums.columns == gradients.columns, "\(sums.columns) sums for \(gradients.columns) gradients")
    let values = unsafe gradients.part(rows)
    let sums = unsafe UnsafeBufferPointer(sums.part(rows))
    switch self {
    case .relu: for place in values.indices { unsafe values[place] = sums[place] > 0 ? values[place] : 0 }
    case .gelu:
      let gates = unsafe Gates(of: sums)
      for place in values.indices {
        let (x, gate) = unsafe (sums[place], gates.values.pointer[place])
        let slope = Gates.factor * (1 + 3 * Gates.cubic * x * x)
        unsafe values[place] *= gate + x * gate * (1 - gate) * slope
      }
    }
  }

  /// `(1 + tanh(u)) / 2`, that is the logistic function of 2u, with `u = √(2/π) (x + 0.044715 x³)`: what GELU multiplies
  /// each element by.
  private struct Gates {
    /// 2 √(2/π)
    static let factor: Float = 1.5957691216
    static let cubic: Float = 0.044715

    let values: AlignedFloats

    init(of sums: UnsafeBufferPointer<Float>) {
      values = AlignedFloats(uninitialised: sums.count)
      for place in sums.indices {
        let x = unsafe sums[place]
        unsafe values.pointer[place] = -Self.factor * (x + Self.cubic * x * x * x)
      }
      exponentials(of: values)
      for place in sums.indices { unsafe values.pointer[place] = 1 / (1 + values.pointer[place]) }
    }
  }
}

extension Matrix {
  /// The elements of some rows with their padding, whose zeros every activation leaves as they are.
  fileprivate func part(_ rows: Range<Int>) -> UnsafeMutableBufferPointer<Float> {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= self.rows, "rows \(rows) of \(self.rows)")
    return unsafe UnsafeMutableBufferPointer(start: pointer(row: rows.lowerBound), count: rows.count * stride)
  }
}
