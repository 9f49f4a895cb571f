import Kernels

/// A symmetric matrix of doubles in tiles of 48 by 48, which the product kernel takes from the first-level cache.
///
/// Not synchronised: workers of one `parallel` call may set different rows at once.
package final class SymmetricMatrix: Sendable {
  package let order: Int
  /// The number of tiles along one side.
  let tiles: Int
  private let values: SharedBuffer<Double>

  /// Creates a matrix of zeros.
  package init(order: Int) {
    precondition(order >= 0, "a matrix of order \(order)")
    self.order = order
    tiles = (order + Tile.side - 1) / Tile.side
    values = SharedBuffer(repeating: 0, count: tiles * tiles * Tile.count)
    // What fills up the last tiles must not spoil the factor.
    for padding in order..<tiles * Tile.side { values[place(padding, padding)] = 1 }
  }

  func tile(_ row: Int, _ column: Int) -> Tile { Tile(values, number: row * tiles + column) }

  /// The place of an element in `values`.
  private func place(_ row: Int, _ column: Int) -> Int {
    (row / Tile.side * tiles + column / Tile.side) * Tile.count + row % Tile.side * Tile.side + column % Tile.side
  }

  package subscript(row: Int, column: Int) -> Double {
    precondition(0..<order ~= row && 0..<order ~= column, "element \(row), \(column) of order \(order)")
    return values[place(row, column)]
  }

  /// Sets the elements of a row from the diagonal on; those below it follow from symmetry.
  ///
  /// - Parameter line: a number for each column; those from `row` on are used.
  package func setRow(_ row: Int, _ line: [Double]) {
    precondition(line.count == order && 0..<order ~= row, "row \(row) of order \(order) from \(line.count) numbers")
    for column in row..<order { values[place(row, column)] = line[column] }
  }
}
