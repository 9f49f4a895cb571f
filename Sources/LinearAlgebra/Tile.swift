import Kernels

/// A tile of a `SymmetricMatrix` or beside one: 48 by 48 doubles, row by row.
///
/// Safe outside: a tile lies within its buffer, which it keeps, and the kernels take whole tiles. Two threads must not
/// write one tile at a time.
struct Tile {
  static let side = 48
  static let count = side * side

  private let values: SharedBuffer<Double>
  private let offset: Int

  init(_ values: SharedBuffer<Double>, number: Int) {
    precondition(number >= 0 && (number + 1) * Self.count <= values.count, "tile \(number) of \(values.count) numbers")
    self.values = values
    offset = number * Self.count
  }

  private var start: UnsafeMutablePointer<Double> { unsafe values.pointer + offset }

  func zero() { unsafe start.update(repeating: 0, count: Self.count) }

  /// Adds `AᵀB`, or subtracts it.
  func addProduct(_ a: Tile, _ b: Tile, subtract: Bool = false) {
    unsafe Self.multiply(a.start, b.start, to: start, subtract: subtract)
  }

  /// `C = TᵀC`, or its negative.
  func apply(_ triangle: Tile, negate: Bool) {
    unsafe withUnsafeTemporaryAllocation(of: Double.self, capacity: Self.count) { copy in
      guard let copied = copy.baseAddress else { return }
      unsafe copied.initialize(from: start, count: Self.count)
      zero()
      unsafe Self.multiply(triangle.start, copied, to: start, subtract: negate)
    }
  }

  private static func multiply(
    _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, to c: UnsafeMutablePointer<Double>, subtract: Bool
  ) {
    unsafe Double.addTransposedProduct(
      a, stride: side, b, stride: side, to: c, stride: side, rows: side, columns: side, depth: side,
      subtract: subtract)
  }

  func transpose(into target: Tile) {
    let (source, target) = unsafe (start, target.start)
    for row in 0..<Self.side {
      for column in 0..<Self.side { unsafe target[column * Self.side + row] = unsafe source[row * Self.side + column] }
    }
  }

  /// R of `A = RᵀR` in place of the upper triangle.
  ///
  /// - Returns: nil, or the first pivot that is not positive and finite.
  func cholesky() -> Int? { unsafe Double.cholesky(start, stride: Self.side, order: Self.side) }

  /// Writes the inverse of the upper triangle, with zeros below its diagonal.
  func invertTriangle(into target: Tile) {
    unsafe Double.invertTriangle(start, stride: Self.side, into: target.start, stride: Self.side, order: Self.side)
  }
}
