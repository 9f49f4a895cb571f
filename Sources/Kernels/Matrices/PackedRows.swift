import CKernels
import ParallelLoops

/// Rows laid out as the right-hand side of a product with their transpose: panels of 16 rows, in each of them column by
/// column. Rows beyond the last are zero.
package struct PackedRows: Sendable {
  package private(set) var rows: Int
  package let columns: Int
  private let storage: SharedValues<Float>
  /// The buffer where rows may be packed anew; `nil` if they lie elsewhere.
  private let writable: AlignedFloats?

  package init(capacity: Int, columns: Int) {
    let floats = AlignedFloats(Matrix.padded(capacity) * columns)
    (storage, writable) = (SharedValues(floats), floats)
    self.columns = columns
    rows = 0
  }

  package init(_ matrix: Matrix, rows range: Range<Int>? = nil, threads: Int = 1) {
    let range = range ?? 0..<matrix.rows
    self.init(capacity: range.count, columns: matrix.columns)
    pack(matrix, rows: range, threads: threads)
  }

  /// Wraps panels that lie elsewhere, such as in a mapped file.
  package init(panels: SharedValues<Float>, rows: Int, columns: Int) {
    precondition(panels.count == Matrix.padded(rows) * columns, "\(panels.count) floats for \(rows) by \(columns)")
    self.rows = rows
    self.columns = columns
    writable = nil
    storage = panels.isEmpty ? SharedValues(copying: []) : panels
  }

  /// A pointer to the panels in their order, for kernels; valid as long as this value is.
  package var pointer: UnsafePointer<Float> {
    // A buffer has an address however small it is, and what has none is replaced by one when it comes.
    unsafe storage.values.baseAddress.unsafelyUnwrapped
  }

  /// The transpose from a row on, a multiple of 16.
  func operand(_ row: Int) -> ck_matrix {
    unsafe ck_matrix(values: pointer + row * columns, row: 16, panel: 16 * columns)
  }

  /// Rows with the padding: how many columns the product has.
  package var paddedRows: Int { Matrix.padded(rows) }

  package var panels: [Float] { unsafe Array(values) }

  /// The panels in their order, where they lie; valid as long as this value is.
  package var values: UnsafeBufferPointer<Float> {
    unsafe UnsafeBufferPointer(start: pointer, count: paddedRows * columns)
  }

  /// The rows as they were before they were packed.
  ///
  /// - Parameter first: rows of zeros before the first.
  package func unpacked(after first: Int = 0) -> Matrix {
    let matrix = Matrix(rows: first + rows, columns: columns)
    for row in 0..<rows { unsafe copy(row, to: matrix.pointer(row: first + row)) }
    return matrix
  }

  /// Copies one row as it was before packing.
  package func copy(_ row: Int, to target: UnsafeMutablePointer<Float>) {
    precondition(0..<rows ~= row, "row \(row) of \(rows)")
    let source = unsafe pointer + row / 16 * 16 * columns + row % 16
    for column in 0..<columns { unsafe target[column] = unsafe source[column * 16] }
  }

  package mutating func pack(_ matrix: Matrix, rows range: Range<Int>, threads: Int = 1) {
    guard let writable else { preconditionFailure("mapped panels cannot be packed anew") }
    precondition(
      Matrix.padded(range.count) * columns <= writable.count && matrix.columns == columns,
      "\(range.count) rows to pack")
    rows = range.count
    let (size, panels) = (64, paddedRows / 16)
    parallel(blocks: (panels + size - 1) / size, threads: threads) { [columns] block in
      for panel in block * size..<min((block + 1) * size, panels) {
        let rows = range.lowerBound + panel * 16..<range.upperBound
        unsafe Self.fill(writable.pointer + panel * 16 * columns, columns, from: matrix, rows: rows)
      }
    }
  }

  /// Fills a panel.
  ///
  /// - Parameter rows: those of this panel first; there may be fewer or more.
  private static func fill(
    _ target: UnsafeMutablePointer<Float>, _ columns: Int, from matrix: Matrix, rows: Range<Int>
  ) {
    for place in 0..<16 {
      guard place < rows.count else {
        for column in 0..<columns { unsafe target[column * 16 + place] = 0 }
        continue
      }
      let source = unsafe matrix.pointer(row: rows.lowerBound + place)
      for column in 0..<columns { unsafe target[column * 16 + place] = unsafe source[column] }
    }
  }
}

/// Rows laid out as the right-hand side of a product that weights them: panels of 16 columns, in each of them row by
/// row, so that the inner loop reads contiguous memory.
package struct PackedColumns: Sendable {
  package let rows: Int
  /// The number of columns with the padding, a multiple of 16.
  package let columns: Int
  private let storage: AlignedFloats

  package init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = Matrix.padded(columns)
    storage = AlignedFloats(uninitialised: rows * self.columns)
  }

  package init(_ matrix: Matrix, threads: Int = 1) {
    let packed = PackedColumns(rows: matrix.rows, columns: matrix.columns)
    let size = 1024
    parallel(blocks: (matrix.rows + size - 1) / size, threads: threads) { block in
      for row in block * size..<min((block + 1) * size, matrix.rows) {
        unsafe packed.set(row, to: matrix.pointer(row: row))
      }
    }
    self = packed
  }

  package var pointer: UnsafePointer<Float> { unsafe UnsafePointer(storage.pointer) }

  /// The operand of a kernel, from a row on.
  func operand(_ row: Int) -> ck_matrix {
    unsafe ck_matrix(values: pointer + row * 16, row: 16, panel: 16 * rows)
  }

  /// Puts `factor * source` into a row; two threads may set two rows at once.
  package func set(_ row: Int, to source: UnsafePointer<Float>, factor: Float = 1) {
    precondition(0..<rows ~= row, "row \(row) of \(rows)")
    for panel in 0..<columns / 16 {
      let target = unsafe storage.pointer + (panel * rows + row) * 16
      for column in 0..<16 { unsafe target[column] = unsafe factor * source[panel * 16 + column] }
    }
  }
}
