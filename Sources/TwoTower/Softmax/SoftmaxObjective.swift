/// The loss that training minimises: which candidates are the negatives of a pair, and how scores are corrected before
/// the softmax. The order is TFRS': dot product, temperature, logQ, accidental hits, mask, hard negatives, loss.
package struct SoftmaxObjective: Sendable, Equatable {
  /// The candidates that a pair's own is measured against.
  package enum Negatives: String, Sendable, CaseIterable {
    /// The candidates of the other pairs of the batch.
    case inBatch = "in-batch"
    /// Every candidate of the vocabulary: the full softmax.
    case all
  }

  /// The towers whose vectors have unit length.
  package enum Normalisation: String, Sendable, CaseIterable {
    case none
    case candidates
    case both
  }

  package var negatives = Negatives.inBatch
  /// Further negatives in every batch, drawn evenly from the vocabulary.
  package var uniformNegatives = 0
  /// `true` for the logQ correction, which a full softmax does not need.
  package var correctsSampling = false
  package var temperature: Float = 1
  /// The towers that give vectors of unit length.
  package var normalisation = Normalisation.none
  package var removesAccidentalHits = false
  /// `true` if what else a query chose in training is no negative of it.
  package var masksPositives = false
  /// The number of best negatives of each pair that count; all if `nil`.
  package var hardNegatives: Int?

  package init() {}
}
