import Kernels

/// A symmetric matrix of doubles in tiles of 48 by 48, which the product kernel takes from the first-level cache.
///
/// Not synchronised: workers of one `parallel` call may set different rows at once.
package final class SymmetricMatrix: Sendable {
  static let side = 48
  static let tileCount = side * side

  package let order: Int
  /// Along one side.
  let tiles: Int
  private let values: SharedBuffer<Double>

  /// Zeros.
  package init(order: Int) {
    precondition(order >= 0, "a matrix of order \(order)")
    self.order = order
    tiles = (order + Self.side - 1) / Self.side
    values = SharedBuffer(repeating: 0, count: tiles * tiles * Self.tileCount)
    // What fills up the last tiles must not spoil the factor.
    for padding in order..<tiles * Self.side { unsafe pointer(padding, padding).pointee = 1 }
  }

  func tile(_ row: Int, _ column: Int) -> UnsafeMutablePointer<Double> {
    unsafe values.pointer + (row * tiles + column) * Self.tileCount
  }

  private func pointer(_ row: Int, _ column: Int) -> UnsafeMutablePointer<Double> {
    unsafe tile(row / Self.side, column / Self.side) + row % Self.side * Self.side + column % Self.side
  }

  package subscript(row: Int, column: Int) -> Double {
    precondition(0..<order ~= row && 0..<order ~= column, "element \(row), \(column) of order \(order)")
    return unsafe pointer(row, column).pointee
  }

  /// Sets the elements of a row from the diagonal on; those below it follow from symmetry.
  ///
  /// - Parameter line: a number for each column, of which those from `row` on are taken.
  package func setRow(_ row: Int, _ line: UnsafeBufferPointer<Double>) {
    precondition(line.count == order && 0..<order ~= row, "row \(row) of order \(order) from \(line.count) numbers")
    var column = row
    while column < order {
      let end = min((column / Self.side + 1) * Self.side, order)
      unsafe pointer(row, column).update(from: line.baseAddress.unsafelyUnwrapped + column, count: end - column)
      column = end
    }
  }
}
