import Kernels
import ParallelLoops

/// Assigns candidates to leaves and encodes their residuals, once the geometry is learnt.
struct Encoder: Sendable {
  let geometry: Geometry
  private let map: PackedRows
  private let search: NearestLeaf
  private let centroids: Matrix

  init(_ geometry: Geometry) {
    self.geometry = geometry
    map = PackedRows(geometry.space.candidateMap)
    search = NearestLeaf(geometry.tree)
    centroids = geometry.tree.centroids.matrix
  }

  /// The rows in the space of the index, and the leaf of each.
  private func placed(_ matrix: Matrix, rows: Range<Int>) -> (rows: Matrix, leaves: [Int32]) {
    let mapped = Matrix(rows: rows.count, columns: matrix.columns)
    ScoreSpace.apply(map, to: matrix, rows: rows, into: mapped)
    return (mapped, search.leaves(of: mapped, rows: 0..<rows.count))
  }

  /// Encodes rows of `matrix` into rows `first` and up of `result`.
  func encode(_ matrix: Matrix, rows: Range<Int>, into result: EncodedRows, at first: Int, threads: Int) {
    let size = 4096
    parallel(blocks: (rows.count + size - 1) / size, threads: threads) { block in
      let start = rows.lowerBound + block * size
      let (placed, leaves) = placed(matrix, rows: start..<min(start + size, rows.upperBound))
      let residual = Matrix(rows: 1, columns: matrix.columns)
      let direction = Matrix(rows: 1, columns: matrix.columns)
      let scratch = CodeScratch(subspaces: geometry.quantizer.subspaces)
      for (row, leaf) in leaves.enumerated() {
        let position = first + block * size + row
        let length = placed.squaredLength(row: row).squareRoot()
        direction.copy(row: row, of: placed, to: 0)
        direction.scale(row: 0, by: length > 0 && length.isFinite ? 1 / length : 0)
        residual.copy(row: row, of: placed, to: 0)
        residual.addScaled(row: Int(leaf), of: centroids, by: -1, to: 0)
        // Unsafe for the kernel alone, which takes one padded row of each.
        unsafe geometry.quantizer.encode(
          residual.storage.pointer, direction: direction.storage.pointer, scratch: scratch,
          into: scratch.codes.pointer)
        result.leaves[position] = leaf
        result.squares[position] = residual.squaredLength(row: 0)
        for byte in 0..<result.bytes {
          result.codes[position * result.bytes + byte] = scratch.codes[2 * byte] | scratch.codes[2 * byte + 1] << 4
        }
      }
    }
  }
}

/// Leaf, code and squared residual of each of some candidates, in their order; there may be room for more.
struct EncodedRows: Sendable {
  /// The number of bytes of a code: two subspaces a byte, the even one low.
  let bytes: Int
  let codes: SharedBuffer<UInt8>
  let leaves: SharedBuffer<Int32>
  let squares: AlignedFloats

  init(count: Int, subspaces: Int) {
    bytes = subspaces / 2
    codes = SharedBuffer(uninitialised: count * bytes)
    leaves = SharedBuffer(uninitialised: count)
    squares = AlignedFloats(uninitialised: count)
  }
}
