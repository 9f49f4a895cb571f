package import Kernels
import TwoTower

/// The dot products of a model's towers.
package struct TowerScores: CandidateScores {
  private let vectors: Matrix
  private let packed: PackedRows
  /// Candidates that the model does not have, rising.
  private let missing: [Int32]

  package var tileWidth: Int { 512 }

  /// - Parameters:
  ///   - vectors: a row for each judged query.
  ///   - candidates: a row for each candidate, from 0.
  ///   - missing: candidates without a vector, rising.
  package init(queries vectors: Matrix, candidates: PackedRows, missing: [Int32] = []) {
    self.vectors = vectors
    packed = candidates
    self.missing = missing
  }

  package func score(
    _ queries: Range<Int>, against tile: Range<Int>, into target: UnsafeMutablePointer<Float>, stride: Int
  ) {
    unsafe scores(of: queries, in: vectors, against: packed, tile: tile, into: target, stride: stride)
    for candidate in missing where tile.contains(Int(candidate)) {
      for row in 0..<queries.count { unsafe target[row * stride + Int(candidate) - tile.lowerBound] = .nan }
    }
  }
}
