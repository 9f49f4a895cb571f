import Kernels
import Tables

/// How likely each candidate is to be drawn as a negative, for the logQ correction: −ln p is added to every score of
/// the candidate, the positive's too, after the temperature (TFRS' `candidate_sampling_probability`; Yi et al.,
/// "Sampling-Bias-Corrected Neural Modeling for Large Corpus Item Recommendations", RecSys 2019).
package struct SamplingProbabilities: Sendable {
  package enum Estimate: Sendable, Equatable {
    /// Its share of the training pairs.
    case exact
    /// Algorithm 2 of the paper: one over a running mean of the distance between its occurrences. The paper counts
    /// the distance in steps, which tells nothing of what every batch has; here it is counted in pairs, and divided by
    /// the copies in the batch.
    case streaming(rate: Double)
  }

  /// TFRS clips probabilities to this.
  package static let least = 1e-6

  private let estimate: Estimate
  private let shares: [Double]
  /// For the streaming estimate: pairs between two occurrences of the candidate, 0 before the first, and how many
  /// pairs were seen up to its last.
  package var gaps: [Double] = []
  package var lastPairs: [Int64] = []

  package init(_ estimate: Estimate, pairs: TrainingPairs, candidateRows: Int) {
    self.estimate = estimate
    shares = pairs.candidateCounts(rows: candidateRows).map { Double($0) / Double(max(pairs.count, 1)) }
    if case .streaming = estimate {
      gaps = [Double](repeating: 0, count: candidateRows)
      lastPairs = [Int64](repeating: 0, count: candidateRows)
    }
  }

  /// −ln p of each candidate of a batch.
  ///
  /// - Parameters:
  ///   - seen: how many pairs came before this batch; the streaming estimate learns from the batch first.
  ///   - uniform: further negatives of the batch that were drawn evenly from the catalog. The correction is then that
  ///     of the mixture (Yang et al., "Mixed Negative Sampling for Learning Two-tower Neural Networks", WWW 2020).
  package mutating func corrections(of batch: Batch, seen: Int, uniform: Int) -> [Float] {
    if case .streaming(let rate) = estimate { observe(batch, seen: Int64(seen), rate: rate) }
    let (drawn, all) = (Double(uniform), Double(batch.count + uniform))
    return batch.candidates.rows.map { row in
      let own = probability(Int(row.index))
      let mixed =
        (own * Double(batch.count) + drawn / Double(max(EmbeddingRow.vocabularyCount(rows: shares.count), 1))) / all
      return Float(-naturalLogarithm(min(max(uniform > 0 ? mixed : own, Self.least), 1)))
    }
  }

  private func probability(_ row: Int) -> Double {
    guard case .streaming = estimate else { return shares[row] }
    return gaps[row] > 0 ? 1 / gaps[row] : 0
  }

  private mutating func observe(_ batch: Batch, seen: Int64, rate: Double) {
    let now = seen + Int64(batch.count)
    for (number, row) in batch.candidates.rows.map({ Int($0.index) }).enumerated() {
      let places = batch.candidates.starts[number]..<batch.candidates.starts[number + 1]
      let copies = places.reduce(Float(0)) { $0 + batch.candidates.partnerCounts[$1] }
      guard copies > 0 else { continue }
      let gap = Double(now - lastPairs[row]) / Double(copies)
      // The first gap stands for itself: the paper's zero would make everything look frequent for a long time.
      gaps[row] = gaps[row] == 0 ? gap : (1 - rate) * gaps[row] + rate * gap
      lastPairs[row] = now
    }
  }
}
