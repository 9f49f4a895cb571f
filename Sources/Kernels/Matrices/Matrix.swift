import CKernels

/// A row-major matrix whose rows are padded with zeros to a multiple of 16 columns.
public struct Matrix: Sendable {
  public let rows: Int
  public let columns: Int
  /// Floats from one row to the next, a multiple of 16.
  public let stride: Int
  public let storage: AlignedFloats

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
      unsafe storage.pointer[place / columns * stride + place % columns] = value
      place += 1
    }
  }

  private init(storage: AlignedFloats, rows: Int, columns: Int) {
    self.storage = storage
    self.rows = rows
    self.columns = columns
    stride = Self.padded(columns)
  }

  /// The first so many rows, where they lie.
  package func first(_ rows: Int) -> Matrix {
    precondition(0...self.rows ~= rows, "\(rows) rows of \(self.rows)")
    return Matrix(storage: storage, rows: rows, columns: columns)
  }

  package static func padded(_ columns: Int) -> Int { (columns + 15) / 16 * 16 }

  package func pointer(row: Int) -> UnsafeMutablePointer<Float> {
    precondition(0...rows ~= row, "row \(row) of \(rows)")
    return unsafe storage.pointer + row * stride
  }

  /// The operand of a kernel, from a row on.
  func operand(_ row: Int) -> ck_matrix { unsafe ck_matrix(values: pointer(row: row), row: stride, panel: 16) }

  func target(_ row: Int) -> ck_target { unsafe ck_target(values: pointer(row: row), row: stride, panel: 16) }

  package func row(_ row: Int) -> [Float] {
    unsafe Array(UnsafeBufferPointer(start: pointer(row: row), count: columns))
  }

  /// All values, row after row, without the padding.
  package var values: [Float] {
    unsafe [Float](unsafeUninitializedCapacity: rows * columns) { target, count in
      for row in 0..<rows where columns > 0 {
        unsafe target.baseAddress?.advanced(by: row * columns).update(from: pointer(row: row), count: columns)
      }
      count = rows * columns
    }
  }

  package func copy() -> Matrix {
    let copy = Matrix(rows: rows, columns: columns)
    unsafe copy.storage.pointer.update(from: storage.pointer, count: storage.count)
    return copy
  }

  /// Copies the given rows of `source` into the first rows of this matrix.
  package func gather(_ source: Matrix, rows wanted: [Int32]) {
    precondition(source.stride == stride && wanted.count <= rows, "\(wanted.count) rows into \(rows)")
    for (place, row) in wanted.enumerated() {
      unsafe pointer(row: place).update(from: source.pointer(row: Int(row)), count: stride)
    }
  }
}

/// `true` if all elements are finite.
package func allFinite(_ row: UnsafePointer<Float>, count: Int) -> Bool {
  // Zero times anything finite is zero.
  var zero: Float = 0
  for column in 0..<count { unsafe zero += row[column] * 0 }
  return zero == 0
}
