import ArgumentParser
import Interactions
import StageKit
import Tables
import TwoTower

/// Training by implicit alternating least squares; its sweeps are the epochs.
package struct ImplicitALSMethod: TrainingMethod {
  package static let objective = MethodName.ials
  package static let hasBatches = false

  @Option(
    help: ArgumentHelp(
      "ials: weight of every pair, chosen or not, to score 0; if not given, 250 by the number of candidates, 0.15 at most.",
      valueName: "number")
  )
  var unobservedWeight: Double?

  @Option(
    help: ArgumentHelp(
      "ials: penalty on squared embeddings, times their row's frequency; 0.02 if not given.", valueName: "number"))
  var regularization: Double?

  @Option(help: ArgumentHelp("ials: exponent of that frequency; 1 if not given.", valueName: "number"))
  var regularizationExponent: Double?

  package init() {}

  package func validate() throws {
    if let unobservedWeight, unobservedWeight <= 0 {
      throw ValidationError("--unobserved-weight is \(unobservedWeight); give a number above 0")
    }
    if let regularization, regularization <= 0 {
      throw ValidationError("--regularization is \(regularization); give a number above 0")
    }
    if let regularizationExponent, !(0...2 ~= regularizationExponent) {
      throw ValidationError("--regularization-exponent is \(regularizationExponent); give a number from 0 to 2")
    }
  }

  package func training(
    _ vocabularies: Vocabularies, _ pairs: TrainingPairs, _ common: TrainingSettings
  ) throws -> any Training {
    var settings = ImplicitALS.Settings()
    settings.objective = objective(candidates: vocabularies.candidate.values.count)
    settings.epochs = common.epochs
    settings.threads = common.threads
    settings.patience = common.patience
    settings.lastEpoch = common.lastEpoch
    let model = Model(
      initialising: vocabularies, dimension: common.dimension, seed: common.seed, from: .normal)
    return try ImplicitALS(model, pairs: pairs, settings: settings)
  }

  /// The objective for a number of candidates, with which the weight of what was not chosen falls if it is not given: it
  /// stands beside each query's few choices once for every candidate.
  func objective(candidates: Int) -> ImplicitALSObjective {
    var objective = ImplicitALSObjective()
    objective.unobservedWeight = min(objective.unobservedWeight, 250 / Double(max(candidates, 1)))
    if let unobservedWeight { objective.unobservedWeight = unobservedWeight }
    if let regularization { objective.regularization = regularization }
    if let regularizationExponent { objective.exponent = regularizationExponent }
    return objective
  }
}
