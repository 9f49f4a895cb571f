import Kernels
import Tables

/// The probability of each candidate to be drawn as a negative, for the logQ correction: −ln p is added to every score
/// of the candidate, the positive's too, after the temperature (TFRS' `candidate_sampling_probability`; Yi et al.,
/// "Sampling-Bias-Corrected Neural Modeling for Large Corpus Item Recommendations", RecSys 2019). p is the candidate's
/// share of the training pairs.
package struct SamplingProbabilities: Sendable {
  /// TFRS clips probabilities to this.
  package static let least = 1e-6

  private let shares: [Double]

  package init(_ pairs: TrainingPairs, candidateRows: Int) {
    shares = pairs.candidateCounts(rows: candidateRows).map { Double($0) / Double(max(pairs.count, 1)) }
  }

  /// −ln p of each candidate of a batch.
  ///
  /// - Parameter uniform: further negatives of the batch that were drawn evenly from the catalog. The correction is
  ///   then that of the mixture (Yang et al., "Mixed Negative Sampling for Learning Two-tower Neural Networks", WWW
  ///   2020).
  package func corrections(of batch: Batch, uniform: Int) -> [Float] {
    let (drawn, all) = (Double(uniform), Double(batch.count + uniform))
    return batch.candidates.rows.map { row in
      let own = shares[Int(row.index)]
      let mixed =
        (own * Double(batch.count) + drawn / Double(max(EmbeddingRow.vocabularyCount(rows: shares.count), 1))) / all
      return Float(-naturalLogarithm(min(max(uniform > 0 ? mixed : own, Self.least), 1)))
    }
  }
}
