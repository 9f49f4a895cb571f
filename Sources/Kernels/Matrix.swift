import CKernels

/// A row-major matrix whose rows are padded with zeros to a multiple of 16 columns.
package struct Matrix: Sendable {
  package let rows: Int
  package let columns: Int
  /// Floats from one row to the next, a multiple of 16.
  package let stride: Int
  package let storage: AlignedFloats

  package init(rows: Int, columns: Int) {
    precondition(rows >= 0 && columns >= 0, "a matrix of \(rows) by \(columns)")
    self.rows = rows
    self.columns = columns
    stride = Self.padded(columns)
    storage = AlignedFloats(rows * stride)
  }

  /// - Parameter values: `rows * columns` numbers, row after row.
  package init(rows: Int, columns: Int, values: [Float]) {
    precondition(values.count == rows * columns, "\(values.count) values for \(rows) by \(columns)")
    self.init(rows: rows, columns: columns)
    var place = 0
    for value in values {
      storage.pointer[place / columns * stride + place % columns] = value
      place += 1
    }
  }

  package static func padded(_ columns: Int) -> Int { (columns + 15) / 16 * 16 }

  package func pointer(row: Int) -> UnsafeMutablePointer<Float> {
    precondition(0...rows ~= row, "row \(row) of \(rows)")
    return storage.pointer + row * stride
  }

  package func row(_ row: Int) -> [Float] {
    Array(UnsafeBufferPointer(start: pointer(row: row), count: columns))
  }

  /// All values, row after row, without the padding.
  package var values: [Float] { (0..<rows).flatMap { row($0) } }

  package func copy() -> Matrix {
    let copy = Matrix(rows: rows, columns: columns)
    copy.storage.pointer.update(from: storage.pointer, count: storage.count)
    return copy
  }

  /// Copies the given rows of `source` into the first rows of this matrix.
  package func gather(_ source: Matrix, rows wanted: [Int32]) {
    precondition(source.stride == stride && wanted.count <= rows, "\(wanted.count) rows into \(rows)")
    for (place, row) in wanted.enumerated() {
      pointer(row: place).update(from: source.pointer(row: Int(row)), count: stride)
    }
  }
}

/// Rows laid out as the right-hand side of a product with their transpose: panels of 16 rows, in each of them column by
/// column. Rows beyond the last are zero.
package struct PackedRows: @unchecked Sendable {
  package private(set) var rows: Int
  package let columns: Int
  package let pointer: UnsafePointer<Float>
  private let capacity: Int
  private let owner: AnyObject
  private let writable: UnsafeMutablePointer<Float>?

  package init(capacity: Int, columns: Int) {
    self.capacity = Matrix.padded(capacity)
    self.columns = columns
    rows = 0
    let storage = AlignedFloats(self.capacity * columns)
    owner = storage
    writable = storage.pointer
    pointer = UnsafePointer(storage.pointer)
  }

  package init(_ matrix: Matrix, rows range: Range<Int>? = nil) {
    let range = range ?? 0..<matrix.rows
    self.init(capacity: range.count, columns: matrix.columns)
    pack(matrix, rows: range)
  }

  /// Panels that lie elsewhere, such as in a mapped file.
  ///
  /// - Parameter owner: kept alive as long as this value.
  package init(panels: UnsafeBufferPointer<Float>, rows: Int, columns: Int, owner: AnyObject) {
    precondition(panels.count == Matrix.padded(rows) * columns, "\(panels.count) floats for \(rows) by \(columns)")
    capacity = Matrix.padded(rows)
    self.rows = rows
    self.columns = columns
    writable = nil
    if let start = panels.baseAddress {
      self.owner = owner
      pointer = start
    } else {
      let nothing = AlignedFloats(0)
      self.owner = nothing
      pointer = UnsafePointer(nothing.pointer)
    }
  }

  /// Rows with the padding: how many columns the product has.
  package var paddedRows: Int { Matrix.padded(rows) }

  package var panels: [Float] { Array(UnsafeBufferPointer(start: pointer, count: paddedRows * columns)) }

  /// The rows as they were before they were packed.
  ///
  /// - Parameter first: rows of zeros before the first.
  package func unpacked(after first: Int = 0) -> Matrix {
    let matrix = Matrix(rows: first + rows, columns: columns)
    for row in 0..<rows {
      let (source, target) = (pointer + row / 16 * 16 * columns + row % 16, matrix.pointer(row: first + row))
      for column in 0..<columns { target[column] = source[column * 16] }
    }
    return matrix
  }

  package mutating func pack(_ matrix: Matrix, rows range: Range<Int>) {
    precondition(Matrix.padded(range.count) <= capacity && matrix.columns == columns, "\(range.count) rows to pack")
    guard let writable else { preconditionFailure("mapped panels cannot be packed anew") }
    rows = range.count
    for place in 0..<paddedRows {
      let target = writable + place / 16 * 16 * columns + place % 16
      guard place < range.count else {
        for column in 0..<columns { target[column * 16] = 0 }
        continue
      }
      let source = matrix.pointer(row: range.lowerBound + place)
      for column in 0..<columns { target[column * 16] = source[column] }
    }
  }
}
