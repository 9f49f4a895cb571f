import BasicAlgorithms
import Kernels
import ParallelLoops

/// The leaves (partitions, inverted lists) of an index, in groups under parents: two levels of centroids, so that only
/// the groups near a query or a candidate are searched.
struct LeafTree: Sendable {
  /// The number of leaves below which one group has them all.
  static let leastForGroups = 512
  /// The number of nearest groups in which a candidate's leaf is searched.
  static let beam = 24

  /// The centroid of each group.
  let parents: PackedRows
  /// Group g has leaves `groups[g]..<groups[g + 1]`; all begin at multiples of 16.
  let groups: [Int]
  let centroids: ByteCentroids

  var leafCount: Int { centroids.count }
  var groupCount: Int { parents.rows }
  var dimension: Int { centroids.dimension }

  func leaves(of group: Int) -> Range<Int> { groups[group]..<groups[group + 1] }

  func group(of leaf: Int) -> Int {
    max((0..<groupCount).partitioningIndex { groups[$0] > leaf } - 1, 0)
  }

  /// The leaf of each row: the nearest of the centroids in the groups whose parents are nearest.
  func assign(_ matrix: Matrix, rows: Range<Int>, threads: Int) -> [Int32] {
    let search = NearestLeaf(self)
    let size = 4096
    let parts = parallelMap((rows.count + size - 1) / size, threads: threads) { block in
      let first = rows.lowerBound + block * size
      return search.leaves(of: matrix, rows: first..<min(first + size, rows.upperBound))
    }
    return Array(parts.joined())
  }
}

/// Finds the leaf of each of many rows, group by group, so that scoring is a matrix product.
///
/// Unsafe inside, for the kernels of a tile, which write the best of each row side by side.
struct NearestLeaf: Sendable {
  private let tree: LeafTree
  private let parents: NearestCentroid
  private let centroids: PackedRows
  private let bias: AlignedFloats

  init(_ tree: LeafTree) {
    self.tree = tree
    centroids = PackedRows(tree.centroids.matrix)
    parents = NearestCentroid(tree.parents)
    bias = NearestCentroid.bias(of: centroids)
  }

  func leaves(of matrix: Matrix, rows: Range<Int>) -> [Int32] {
    let beam = min(LeafTree.beam, tree.groupCount)
    // If no product is a number, the padding of a panel wins; a damaged file may have such centroids.
    let last = Int32(tree.groupCount - 1)
    let near = parents.nearest(beam, of: matrix, rows: rows).map { min($0, last) }
    let members = Members(of: near, count: tree.groupCount)
    var leaves = [Int32](repeating: 0, count: rows.count)
    var best = [Float](repeating: -.infinity, count: rows.count)
    for group in 0..<tree.groupCount {
      let members = members[group].map { $0 / Int32(beam) }
      guard !members.isEmpty, !tree.leaves(of: group).isEmpty else { continue }
      let gathered = Matrix(rows: members.count, columns: matrix.columns)
      gathered.gather(matrix, rows: members.map { Int32(rows.lowerBound) + $0 })
      var found = members.map { leaves[Int($0)] }
      var scores = members.map { best[Int($0)] }
      take(gathered, tree.leaves(of: group), &scores, &found)
      for (member, row) in members.enumerated() {
        leaves[Int(row)] = found[member]
        best[Int(row)] = scores[member]
      }
    }
    return leaves.map { min($0, Int32(tree.leafCount - 1)) }
  }

  private func take(_ rows: Matrix, _ leaves: Range<Int>, _ best: inout [Float], _ found: inout [Int32]) {
    let (tileRows, tileColumns) = (NearestCentroid.tileRows, NearestCentroid.tileColumns)
    let tileScores = AlignedFloats(uninitialised: tileRows * tileColumns)
    unsafe best.withUnsafeMutableBufferPointer { best in
      unsafe found.withUnsafeMutableBufferPointer { found in
        guard let best = best.baseAddress, let found = found.baseAddress else { return }
        for first in stride(from: 0, to: rows.rows, by: tileRows) {
          let range = first..<min(first + tileRows, rows.rows)
          for start in stride(from: leaves.lowerBound, to: leaves.upperBound, by: tileColumns) {
            let tile = start..<min(start + tileColumns, leaves.upperBound)
            unsafe scores(
              of: range, in: rows, against: centroids, tile: tile, into: tileScores.pointer, stride: tileColumns)
            unsafe takeBestColumns(
              tileScores.pointer, stride: tileColumns, rows: range.count, columns: Matrix.padded(tile.count),
              bias: bias.pointer + start, first: start, best: best + first, column: found + first)
          }
        }
      }
    }
  }
}
