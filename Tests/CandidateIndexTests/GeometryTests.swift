import Kernels
import TestKit
import Testing

@testable import CandidateIndex

@Suite("The geometry of an index")
struct GeometryTests {
  private func skewed(_ count: Int, seed: UInt64) -> Matrix {
    let matrix = Vectors.clustered(count, 6, seed: seed)
    for row in 0..<count { for column in 0..<6 { matrix.pointer(row: row)[column] /= Float(1 + 3 * column) } }
    return matrix
  }

  private func product(_ map: Matrix, _ vector: [Float]) -> [Float] {
    (0..<map.rows).map { row in zip(map.row(row), vector).reduce(0) { $0 + $1.0 * $1.1 } }
  }

  @Test("keeps inner products; squared distances are mean squared differences of scores")
  func space() {
    let (queries, candidates) = (skewed(400, seed: 1), Vectors.clustered(20, 6, seed: 2))
    let space = ScoreSpace(queries: queries, dimension: 6, threads: 2)
    let scale = (0..<400).reduce(Float(0)) { sum, row in sum + queries.row(row).reduce(0) { $0 + $1 * $1 } } / 2400
    for row in 0..<19 {
      let (left, right) = (candidates.row(row), candidates.row(row + 1))
      let difference = zip(left, right).map { $0 - $1 }
      let query = queries.row(row)
      let plain = zip(query, left).reduce(Float(0)) { $0 + $1.0 * $1.1 }
      let mapped = zip(product(space.queryMap, query), product(space.candidateMap, left)).reduce(Float(0)) {
        $0 + $1.0 * $1.1
      }
      #expect(abs(plain - mapped) < 1e-4)
      let distance = product(space.candidateMap, difference).reduce(Float(0)) { $0 + $1 * $1 }
      let square = (0..<400).reduce(Float(0)) { sum, other in
        let score = zip(queries.row(other), difference).reduce(Float(0)) { $0 + $1.0 * $1.1 }
        return sum + score * score
      }
      // The ridge adds a thousandth of the plain distance.
      let ridge = difference.reduce(0) { $0 + $1 * $1 } * 1e-3
      #expect(abs(distance - square / 400 / scale - ridge) < 1e-3 * max(distance, 1))
    }
  }

  @Test("weighs all directions equally without queries")
  func identity() {
    for queries in [nil, Matrix(rows: 3, columns: 2), Matrix(rows: 1, columns: 2, values: [.nan, 1])] {
      let space = ScoreSpace(queries: queries, dimension: 2, threads: 1)
      #expect(space.candidateMap.values == [1, 0, 0, 1] && space.queryMap.values == [1, 0, 0, 1])
    }
  }

  @Test("rotates to the axes of greatest variance, and keeps inner products")
  func rotation() {
    let rows = skewed(500, seed: 3)
    let space = ScoreSpace(queries: nil, dimension: 6, threads: 1)
    let (rotated, rotation, variances) = space.rotated(along: rows, threads: 1)
    #expect(variances == variances.sorted(by: >))
    #expect(rotated.candidateMap.values == rotation.values)
    for row in 0..<6 {
      for other in 0..<6 {
        let product = zip(rotation.row(row), rotation.row(other)).reduce(Float(0)) { $0 + $1.0 * $1.1 }
        #expect(abs(product - (row == other ? 1 : 0)) < 1e-5)
      }
    }
  }

  @Test("gives dimensions of high variance their own subspaces, as the best partition does")
  func allocation() {
    #expect(SubspaceAllocation(variances: [1, 1, 1, 1], subspaces: 4).starts == [0, 1, 2, 3, 4])
    #expect(SubspaceAllocation(variances: [1, 1, 1, 1], subspaces: 2).starts == [0, 2, 4])
    let allocation = SubspaceAllocation(variances: [100, 1e-3, 1e-3, 1e-3, 1e-3], subspaces: 2)
    #expect(allocation.starts == [0, 1, 5])
    #expect(SubspaceAllocation(variances: [1], subspaces: 4).starts == [0, 1, 1])
    let more = SubspaceAllocation(variances: [8, 4, 2, 1, 0.5, 0.25], subspaces: 4)
    let fewer = SubspaceAllocation(variances: [8, 4, 2, 1, 0.5, 0.25], subspaces: 2)
    #expect(more.loss < fewer.loss && more.loss > 0 && fewer.loss < 1)
    let wanted = SubspaceAllocation.fewest(variances: [8, 4, 2, 1, 0.5, 0.25], loss: 1, most: 8)
    #expect(wanted.starts.count == 5)
  }

  @Test("finds the nearest leaf of nearly every candidate through the groups")
  func tree() {
    let rows = Vectors.clustered(8000, 8, seed: 4)
    let tree = LeafTree.train(on: rows, leaves: 600, iterations: 4, seed: 1, threads: 2)
    #expect(tree.groupCount > 1 && abs(tree.leafCount - 600) < 300)
    #expect(tree.groups.dropLast().allSatisfy { $0 % 16 == 0 } && tree.groups.last == tree.leafCount)
    for leaf in 0..<tree.leafCount { #expect(tree.leaves(of: tree.group(of: leaf)).contains(leaf)) }
    let exact = NearestCentroid(PackedRows(tree.centroids.matrix)).assign(rows, rows: 0..<8000, threads: 1)
    let beam = tree.assign(rows, rows: 0..<8000, threads: 2)
    #expect(beam == tree.assign(rows, rows: 0..<8000, threads: 1))
    #expect(zip(exact, beam).count { $0 == $1 } > 7900)
  }

  @Test("selects the same nearest centroids as an exhaustive search")
  func nearest() {
    let (rows, centroids) = (Vectors.clustered(100, 8, seed: 5), Vectors.clustered(333, 8, seed: 6))
    let search = NearestCentroid(PackedRows(centroids))
    let found = search.nearest(5, of: rows, rows: 0..<100)
    for row in 0..<100 {
      let distances = (0..<333).map { other in
        zip(rows.row(row), centroids.row(other)).reduce(Float(0)) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      }
      let bar = distances.sorted()[4] + 1e-5
      let own = found[5 * row..<5 * row + 5]
      #expect(Set(own).count == 5 && own.allSatisfy { distances[Int($0)] <= bar })
    }
  }
}
