package import Artifacts
import DisplayText
import Kernels
package import TwoTower

/// One pair of towers made of several models, on the scale at which histories are folded in.
package struct EnsembleOutcome {
  package let model: Model
  package let summary: Summary
  /// Lines for people about the ensemble.
  package let lines: [String]

  /// - Parameters:
  ///   - pairs: what queries chose in training.
  ///   - about: further facts for the summary.
  package init(
    _ ensemble: Ensemble, _ members: [Model], _ pairs: TrainingPairs, dimension: Int, about: [Summary.Item] = [],
    threads: Int
  ) throws {
    let (compressed, values) = ensemble.compressed(to: dimension, threads: threads)
    let (scaled, fit) = try compressed.scaledForFoldIn(pairs, threads: threads)
    let squares = values.map { $0 * $0 }
    let kept = squares.prefix(dimension).reduce(0, +) / max(squares.reduce(0, +), .leastNormalMagnitude)
    lines = [
      "\(members.count) members of \(members.map { "\($0.ownDimension)" }.joined(separator: ", ")) dimensions; "
        + "\(dimension) dimensions keep \(decimals(100 * kept, 1)) % of the variance of their scores",
      "a history is folded in with penalty \(decimals(Double(fit.penalty), 4)): cosine "
        + "\(decimals(fit.cosine, 3)) to the vectors of queries in training",
    ]
    let facts: [Summary.Item] =
      [
        .fact("members", "\(members.count)"), .fact("variance kept", "\(decimals(kept, 4))"),
        .curve(
          title: "singular values of the members' scores", x: "dimension", y: "singular value",
          points: Array(values.prefix(2 * dimension))),
      ] + about
    model = scaled
    summary =
      ModelSummary(
        model: scaled, epochs: [], candidateCounts: pairs.candidateCounts(rows: scaled.candidates.rows), facts: facts
      ).summary
  }
}
