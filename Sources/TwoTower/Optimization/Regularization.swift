package import Kernels

/// The penalty `λ/2 Σ n |E|²` on the rows of a batch, whose gradient `λ n E` is added to theirs.
package struct Regularization: Sendable, Equatable {
  package var strength: Float
  /// `true` if n is how often the batch has the row (at least 1), so that over an epoch it is the row's frequency; else
  /// n is 1.
  package var byFrequency: Bool

  package init(strength: Float = 0, byFrequency: Bool = false) {
    self.strength = strength
    self.byFrequency = byFrequency
  }

  /// Adds the penalty's gradient on a row of a table to a row of gradients.
  package func add(row: Int, of table: Matrix, occurrences: Float, to gradients: Matrix, row gradient: Int) {
    guard strength != 0 else { return }
    gradients.addScaled(
      row: row, of: table, by: strength * (byFrequency ? max(occurrences, 1) : 1), to: gradient)
  }
}
