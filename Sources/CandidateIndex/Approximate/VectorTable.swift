import Kernels

/// Candidates' vectors in the order of their places, rows of `dimension` floats on end.
struct VectorTable: Sendable {
  let values: Storage<Float>
  let dimension: Int

  /// - Parameter rows: of each place, the row of `matrix`.
  init(_ matrix: Matrix, rows: [Int], threads: Int) {
    let floats = AlignedFloats(uninitialised: rows.count * matrix.columns)
    let size = 4096
    parallel(blocks: (rows.count + size - 1) / size, threads: threads) { block in
      for place in block * size..<min((block + 1) * size, rows.count) {
        (floats.pointer + place * matrix.columns).update(from: matrix.pointer(row: rows[place]), count: matrix.columns)
      }
    }
    values = Storage(UnsafeBufferPointer(start: floats.pointer, count: rows.count * matrix.columns), owner: floats)
    dimension = matrix.columns
  }

  init(values: Storage<Float>, dimension: Int) {
    self.values = values
    self.dimension = dimension
  }
}
