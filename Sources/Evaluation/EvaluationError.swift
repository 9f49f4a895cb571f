package import LinearAlgebra

/// The reasons why data or models cannot be evaluated as asked.
package enum EvaluationError: Error, Equatable, CustomStringConvertible {
  /// Two models that recommend from different columns.
  case otherColumns(model: String, other: String)
  /// A model that is to be asked in contexts by users, and whose queries are others.
  case contextOfOtherQueries(model: String, users: String)
  /// Test rows all of whose candidates are in train.
  case noNewCandidates
  case noField(String, there: [String])
  case tooManyValues(field: String, count: Int)
  /// A baseline that does not fit in the machine's memory.
  case tooLittleMemory(Baseline, bytes: Double, available: Int)
  /// The equations of EASE, whose regularization is too small.
  case notPositiveDefinite(NotPositiveDefinite)
  /// A baseline that ranks by features, and candidates that have none.
  case noFeatures
  /// Features of another column than the model's candidates.
  case otherCandidates(model: String, features: String)

  package var description: String {
    switch self {
    case .otherColumns(let model, let other):
      "the other model recommends \(other) and this one \(model); compare models of the same columns"
    case .contextOfOtherQueries(let model, let users):
      "protocol next asks a model with context by \(users), and the queries of this one are of \(model); judge it by "
        + "protocol held-out"
    case .noNewCandidates:
      "candidates new: every candidate of the test part is in train, so that none is new; hold out whole candidates "
        + "with split by candidate, or judge all with candidates all"
    case .noField(let field, let there):
      "slices: no field \"\(field)\" in the test interactions, the users or the catalog; there are "
        + there.map { "\"\($0)\"" }.joined(separator: ", ")
    case .tooManyValues(let field, let count):
      "slices: \"\(field)\" has \(count) different values; give a field of at most \(FieldSlices.greatestNumber)"
    case .tooLittleMemory(let baseline, let bytes, let available):
      "\(baseline.rawValue) needs \(BaselineCost.size(bytes)) of memory and the machine has "
        + "\(BaselineCost.size(Double(available))); name the other baselines in --baselines"
    case .notPositiveDefinite(let error): "EASE: \(error); leave ease out of --baselines"
    case .noFeatures:
      "no features of the candidates are known; declare some with the param candidate-features of vocab, and give its "
        + "output as the input \"vocabularies\""
    case .otherCandidates(let model, let features):
      "vocabularies: their features are those of \(features), and the model recommends \(model); give the vocabularies "
        + "that the model was trained with"
    }
  }
}
