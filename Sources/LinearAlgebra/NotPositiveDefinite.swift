/// A symmetric matrix that has no Cholesky factor, or is so near to having none that rounding decides.
package struct NotPositiveDefinite: Error, Equatable, CustomStringConvertible {
  /// The place of the pivot, from 0.
  package var pivot: Int
  package var order: Int

  package var description: String {
    "a matrix of order \(order) is not positive definite at pivot \(pivot + 1); raise the regularization"
  }
}
