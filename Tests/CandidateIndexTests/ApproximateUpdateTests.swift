import Kernels
import TestKit
import Testing

@testable import CandidateIndex

@Suite("Updates of an approximate index")
struct ApproximateUpdateTests {
  private func approximate(_ matrix: Matrix, leaves: Int = 20) -> ApproximateIndex {
    var settings = ApproximateIndex.Settings(leaves: leaves)
    settings.iterations = 4
    return ApproximateIndex(matrix, rows: 0..<matrix.rows, settings: settings)
  }

  @Test("unchanged candidates keep their codes, and spreads equal those of an index built from the same candidates")
  func codesAndSpreads() throws {
    let matrix = Vectors.clustered(900, 6, seed: 2)
    let index = approximate(matrix)
    let change = CandidateChange(
      numbers: [], vectors: Matrix(rows: 0, columns: 6), removed: Set(stride(from: 0, to: 900, by: 3)), count: 900)
    let updated = try #require(index.updated(change, threads: 2).index as? ApproximateIndex)
    let (before, after) = (CandidatePlacement(index), CandidatePlacement(updated))
    for candidate in 0..<900 {
      guard let position = before.position(of: candidate), let new = after.position(of: candidate) else {
        #expect(candidate % 3 == 0 && after.position(of: candidate) == nil)
        continue
      }
      let old = SharedBuffer<UInt8>(repeating: 0, count: 64)
      let kept = SharedBuffer<UInt8>(repeating: 0, count: 64)
      before.unpack(position, into: old, at: 0)
      after.unpack(new, into: kept, at: 0)
      #expect(old.array == kept.array && before.leaf(of: position) == after.leaf(of: new))
    }
    // The same candidates encoded anew, in the same geometry.
    let rows = (0..<900).filter { $0 % 3 != 0 }
    let encoded = EncodedRows(count: rows.count, subspaces: index.leaves.subspaces)
    let left = Matrix(rows: rows.count, columns: 6)
    left.gather(matrix, rows: rows.map { Int32($0) })
    Encoder(index.geometry).encode(left, rows: 0..<left.rows, into: encoded, at: 0, threads: 1)
    let leaves = Leaves(
      encoded, candidates: rows.map { UInt32($0) }, of: 900, leafCount: index.leafCount,
      subspaces: index.leaves.subspaces, threads: 1)
    #expect(Array(updated.leaves.numbers.values) == Array(leaves.numbers.values))
    #expect(Array(updated.leaves.codes.values) == Array(leaves.codes.values))
    for leaf in 0..<index.leafCount {
      #expect(abs(updated.leaves.spreads[leaf] - leaves.spreads[leaf]) < 1e-3 * leaves.spreads[leaf])
    }
    let parents = leaves.parentSpreads(index.geometry.tree)
    #expect(abs(updated.parentSpreads[0] - parents[0]) < 1e-3 * parents[0])
  }

  @Test("unchanged candidates keep their rounded vectors", arguments: VectorPrecision.allCases)
  func precisions(precision: VectorPrecision) throws {
    let old = Vectors.clustered(400, 6, seed: 60)
    var settings = ApproximateIndex.Settings(leaves: 10)
    settings.precision = precision
    let built = ApproximateIndex(old, rows: 0..<400, settings: settings)
    let added = Vectors.clustered(30, 6, seed: 61)
    let change = CandidateChange(numbers: Array(400..<430), vectors: added, removed: [5], count: 430)
    let updated = try #require(built.updated(change, threads: 1).index as? ApproximateIndex)
    #expect(updated.precision == precision)
    let (before, after) = (built.matrix(), updated.matrix())
    for candidate in 0..<400 where candidate != 5 { #expect(before.row(candidate) == after.row(candidate)) }
    for row in 0..<30 {
      #expect(zip(after.row(400 + row), added.row(row)).allSatisfy { abs($0 - $1) < 0.02 })
    }
  }
}
