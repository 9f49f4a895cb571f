import Artifacts
import Kernels
import SystemFiles

/// Rows of floats in a mapped file.
struct MappedRows: Sendable {
  let values: SharedValues<Float>
  private let rows: Int
  let columns: Int

  init(_ name: String, in file: ArtifactFile, rows: Int, columns: Int) throws {
    guard let section = file.section(name) else { throw FileError(file.path, ArtifactError.missingSection(name)) }
    guard section.shape == [rows, columns] else {
      throw FileError(
        file.path,
        ArtifactError.malformed(
          part: "section \"\(name)\"", reason: .shape(section.shape, expected: [rows, columns])))
    }
    (self.rows, self.columns) = (rows, columns)
    values = try file.mapped(name)
  }

  /// Copies a row to one of a matrix of as many columns.
  func copy(_ row: Int, to matrix: Matrix, row target: Int) {
    precondition(
      matrix.columns == columns && target < matrix.rows && 0...values.count - columns ~= row * columns,
      "row \(row) to row \(target) of \(matrix.rows)")
    if let start = unsafe values.values.baseAddress {
      unsafe matrix.pointer(row: target).update(from: start + row * columns, count: columns)
    }
  }

  /// A copy of all rows.
  var matrix: Matrix {
    let matrix = Matrix(rows: rows, columns: columns)
    for row in 0..<rows { copy(row, to: matrix, row: row) }
    return matrix
  }

  subscript(row: Int) -> [Float] { Array(values[row * columns..<(row + 1) * columns]) }
}
