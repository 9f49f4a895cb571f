import Features
import Kernels
import LinearAlgebra
import TwoTower

/// The map by which candidates have vectors from their features.
enum FeatureMap: Sendable {
  /// A map that is fitted to the trained vectors in closed form.
  case head(ContentHead)
  /// The candidate tower's own, trained with it.
  case tower(FeatureVectors)

  var head: ContentHead? { if case .head(let head) = self { head } else { nil } }

  func vectors(of encoding: SparseMatrix, threads: Int) -> Matrix {
    switch self {
    case .head(let head): head.vectors(of: encoding, threads: threads)
    case .tower(let tower): tower.vectors(of: encoding, threads: threads)
    }
  }

  /// Vectors that the map gives as sums over features; `nil` where dense layers give them.
  ///
  /// - Parameters:
  ///   - encoding: a row for each new candidate.
  ///   - scaled: the vectors of the candidates, multiples of the map's.
  ///   - numbers: of the candidates among all.
  ///   - interactions: the number of first interactions of each candidate.
  func sums(
    _ features: FeatureSet, _ encoding: SparseMatrix, scaled: Matrix, numbers: [Int], interactions: [Int]
  ) -> CandidatesByFeatures? {
    switch self {
    case .head(let head):
      CandidatesByFeatures(
        features, encoding, mean: head.mean, part: head.part, scaled: scaled, numbers: numbers,
        interactions: interactions)
    case .tower(let tower):
      tower.isLinear
        ? CandidatesByFeatures(
          features, encoding, mean: nil, part: { tower.table.row($0) }, scaled: scaled, numbers: numbers,
          interactions: interactions) : nil
    }
  }

  /// `true` if scores of new candidates are sums over features.
  var isLinear: Bool { if case .tower(let tower) = self { tower.isLinear } else { true } }

  /// `true` if features are known to say something of who chooses what.
  var isInformative: Bool { (head?.explainedVariance ?? 1) >= ColdStart.leastExplained }
}
