import Interactions

/// Predictions of a rating that know nothing of who rates.
enum RatingBaseline: String, CaseIterable {
  /// The mean of all training ratings.
  case trainingMean = "training-mean"
  /// The mean of the candidate's training ratings; that of all where it has none.
  case candidateMean = "candidate-mean"

  /// The predictions for some candidates.
  ///
  /// - Parameters:
  ///   - ratings: of the training pairs; `nil` for one without.
  ///   - rated: the candidates of the training pairs.
  func predictions(for candidates: [Int32], ratings: [Double?], rated: [Int32]) -> [Float] {
    let known = ratings.compactMap { $0 }
    let mean = known.reduce(0, +) / Double(max(known.count, 1))
    guard self == .candidateMean else { return candidates.map { _ in Float(mean) } }
    var sums: [Int32: (sum: Double, count: Int)] = [:]
    for case (let candidate, let rating?) in zip(rated, ratings) {
      sums[candidate, default: (0, 0)].sum += rating
      sums[candidate, default: (0, 0)].count += 1
    }
    return candidates.map { candidate in Float(sums[candidate].map { $0.sum / Double($0.count) } ?? mean) }
  }
}
