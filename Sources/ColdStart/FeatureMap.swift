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

  /// `true` if features are known to say something of who chooses what.
  var isInformative: Bool { (head?.explainedVariance ?? 1) >= ColdStart.leastExplained }
}
