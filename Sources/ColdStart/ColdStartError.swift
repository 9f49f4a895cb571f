package import LinearAlgebra

/// The reasons why new candidates cannot be given vectors.
package enum ColdStartError: Error, Equatable {
  case noFeatures
  case noTower
  case noTrainedCandidates
  case otherColumn(model: String, features: String)
  case unsolvable(NotPositiveDefinite)
}

extension ColdStartError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .noFeatures:
      "the vocabularies declare no features of candidates; name some with the param candidate-features of vocab, as "
        + "candidate-features: [\"genres: list\"]"
    case .noTower:
      "vectors=tower: the model's candidate tower has no features; train it with candidate-tower=sum or concat, or take "
        + "vectors=head"
    case .noTrainedCandidates:
      "the model has no candidate with interactions, so nothing can be learnt from features; train it on interactions "
        + "with the vocabularies that are given here"
    case .otherColumn(let model, let features):
      "the model's candidates are \(model), and the vocabularies' \(features); take the vocabularies of the same data"
    case .unsolvable(let error):
      "the ridge regression from features to vectors: \(error); leave out features of extreme numbers"
    }
  }
}
