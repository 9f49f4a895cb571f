import Kernels
import ParallelLoops

/// The parts of an index that are learnt from a sample: the space, the leaves and the codewords.
struct Geometry: Sendable {
  let space: ScoreSpace
  let tree: LeafTree
  let quantizer: ProductQuantizer
  /// Each axis' share of the mean square of `vector − centroid`, for leaves and for parents.
  let leafShape: [Float]
  let parentShape: [Float]

  var dimension: Int { space.dimension }

  /// Learns from a sample.
  ///
  /// - Parameters:
  ///   - sample: finite rows, at least one.
  ///   - queries: a sample of queries, as rows; all directions count alike if nil.
  init(sample: Matrix, queries: Matrix?, settings: ApproximateIndex.Settings) {
    let threads = settings.threads
    let space = ScoreSpace(queries: queries, dimension: sample.columns, threads: threads)
    let rows = Self.mapped(sample, by: space.candidateMap, threads: threads)
    let tree = LeafTree.train(
      on: rows, leaves: settings.leaves, iterations: settings.iterations, seed: settings.seed, threads: threads)
    let few = LeafTree.thinned(rows, to: 65_536)
    let leaves = tree.assign(few, rows: 0..<few.rows, threads: threads)
    let (rotated, rotation, variances) = space.rotated(
      along: Self.residuals(few, tree.centroids.matrix, leaves), threads: threads)
    let rotatedTree = LeafTree(
      parents: PackedRows(Self.mapped(tree.parents.unpacked(), by: rotation, threads: threads)), groups: tree.groups,
      centroids: ByteCentroids(Self.mapped(tree.centroids.matrix, by: rotation, threads: threads)))
    let rotatedFew = Self.mapped(few, by: rotation, threads: threads)
    let residuals = Self.residuals(rotatedFew, rotatedTree.centroids.matrix, leaves)
    let allocation =
      settings.subspaces.map { SubspaceAllocation(variances: variances, subspaces: $0) }
      ?? SubspaceAllocation.fewest(
        variances: variances, loss: settings.loss, most: Self.mostSubspaces(sample.columns))
    let parents = leaves.map { leaf in Int32(rotatedTree.group(of: Int(leaf))) }
    self.space = rotated
    self.tree = rotatedTree
    quantizer = ProductQuantizer.train(
      on: residuals, starts: allocation.starts, anisotropy: settings.anisotropy, iterations: settings.iterations,
      seed: settings.seed, threads: threads)
    leafShape = Self.shape(residuals)
    parentShape = Self.shape(Self.residuals(rotatedFew, rotatedTree.parents.unpacked(), parents))
  }

  init(space: ScoreSpace, tree: LeafTree, quantizer: ProductQuantizer, leafShape: [Float], parentShape: [Float]) {
    self.space = space
    self.tree = tree
    self.quantizer = quantizer
    self.leafShape = leafShape
    self.parentShape = parentShape
  }

  /// The greatest number of subspaces: 16 bytes of codes up to 64 dimensions, 2 bits per dimension beyond.
  static func mostSubspaces(_ dimension: Int) -> Int { max(min(32, (dimension + 1) / 2 * 2), dimension / 4 * 2) }

  private static func mapped(_ matrix: Matrix, by map: Matrix, threads: Int) -> Matrix {
    let (packed, result) = (PackedRows(map), Matrix(rows: matrix.rows, columns: map.rows))
    let size = 1024
    parallel(blocks: (matrix.rows + size - 1) / size, threads: threads) { block in
      scores(of: block * size..<min((block + 1) * size, matrix.rows), in: matrix, against: packed, into: result)
    }
    return result
  }

  private static func residuals(_ rows: Matrix, _ centroids: Matrix, _ nearest: [Int32]) -> Matrix {
    let residuals = rows.copy()
    for (row, centroid) in nearest.enumerated() {
      residuals.addScaled(row: Int(centroid), of: centroids, by: -1, to: row)
    }
    return residuals
  }

  private static func shape(_ residuals: Matrix) -> [Float] {
    var squares = [Double](repeating: 0, count: residuals.columns)
    for row in 0..<residuals.rows {
      for column in 0..<residuals.columns {
        squares[column] += Double(residuals[row, column]) * Double(residuals[row, column])
      }
    }
    let total = squares.reduce(0, +)
    return squares.map { total > 0 ? Float($0 / total) : 1 / Float(residuals.columns) }
  }
}
