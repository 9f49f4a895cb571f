import CKernels

/// A query in whole numbers of up to 16 bits, with what its rounding and that of the bound itself may cost.
package struct ByteQuery: Sendable {
  let columns: Int
  private let values: [Int16]
  private let step: Float
  private let norm: Float
  private let slack: Float
  private let least: Float

  /// Nil where the query is not finite or is longer than 2^60, whose scores could overflow on the way.
  package init?(_ query: UnsafePointer<Float>, columns: Int) {
    guard columns > 0, columns <= 1 << 20 else { return nil }
    self.columns = columns
    var (largest, square): (Float, Double) = (0, 0)
    for column in 0..<columns {
      guard unsafe query[column].isFinite else { return nil }
      largest = unsafe max(largest, query[column].magnitude)
      unsafe square += Double(query[column]) * Double(query[column])
    }
    guard square <= 0x1p120 else { return nil }
    // No sum of products with bytes may overflow, whatever the bytes.
    let limit = Float(min(32767, Int(Int32.max) / (128 * columns)))
    step = max(largest / limit, .leastNormalMagnitude)
    var values = [Int16](repeating: 0, count: BytePanels.pairs(columns) * 2)
    var left = 0.0
    for column in 0..<columns {
      values[column] = unsafe Int16(min(max((query[column] / step).rounded(), -limit), limit))
      let rest = unsafe Double(query[column]) - Double(step) * Double(values[column])
      left += rest * rest
    }
    self.values = values
    norm = Rounding.up(square.squareRoot() * (1 + 0x1p-30))
    // ‖bytes‖ is at most 127 √columns. The sum as a float, the two multiply-adds and the slack are each rounded to
    // nearest: 2^-24 of no more than the product of norms and the slack, for which 2^-21 and 2^-18 are plenty. What is
    // too small for that is less than 2^-149 a rounding; the candidate's scale multiplies the first of them.
    let bytes = 127 * Double(columns).squareRoot()
    let product = bytes * (square.squareRoot() + left.squareRoot())
    slack = Rounding.up((bytes * left.squareRoot() + 0x1p-21 * product) * (1 + 0x1p-18) + 0x1p-140)
    least = Float(2 * columns + 4) * 0x1p-149
  }

  func withKernelForm<Result>(pairs: Int, _ body: (UnsafePointer<ck_byte_query>) -> Result) -> Result {
    unsafe values.withUnsafeBufferPointer { values in
      var form = unsafe ck_byte_query(
        values: values.baseAddress, pairs: pairs, step: step, norm: norm, slack: slack, least: least)
      return unsafe body(&form)
    }
  }
}
