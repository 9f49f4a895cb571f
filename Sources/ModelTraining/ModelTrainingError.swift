/// The reasons why a training cannot start, or its model cannot be judged.
package enum ModelTrainingError: Error, Equatable {
  /// The recipe of a refit was made by another program, or another version of it.
  case otherProgram(found: String, expected: String)
  /// The recipe of a refit does not say how long it was trained.
  case noEpochs
  /// The judged model began from another training state.
  case otherState
  /// A member of an ensemble's refit that is not the refit of the judged one.
  case otherMember(String)
  /// No query of the validation part has a target that is new to it.
  case nothingToJudge(metric: String)
  /// Weights of pairs that are all about 0.
  case weightless(mean: Double, column: String)
  /// No pair has a rating.
  case noRatings(column: String)
}

extension ModelTrainingError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .otherProgram(let found, let expected):
      "the input \"recipe\" was made by \(found), and this is \(expected); train and judge it again"
    case .noEpochs: "the input \"recipe\" does not say how many epochs it was trained; train and judge it again"
    case .otherState:
      "the judged model and this one must go on from the same state, or both from none; give the same input \"state\""
    case .otherMember(let name):
      "\(name) is not the refit of the judged ensemble's \(name); refit each member, and give those"
    case .nothingToJudge(let metric):
      "\(metric) is not defined on the validation part: no query there has a target that is new to it; hold out more "
        + "rows, or leave the input \"validation\" out"
    case .weightless(let mean, let column):
      "the pairs weigh nothing: \(mean) in the mean, by sample-weight \(column); scale them to about 1"
    case .noRatings(let column):
      "no pair has a number in column \"\(column)\"; name the column of the ratings, or leave rating out"
    }
  }
}
