import ArgumentParser
import StageKit
import TwoTower

extension SoftmaxObjective.Negatives: ChoiceParam {}
extension SoftmaxObjective.Normalisation: ChoiceParam {}

enum LogQ: String, ChoiceParam { case none, exact }

/// The loss of the softmax: its negatives and the corrections of its scores.
struct SoftmaxOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Candidates that a pair's own is measured against.", valueName: "which"))
  var negatives = SoftmaxObjective.Negatives.inBatch

  @Option(help: ArgumentHelp("Further negatives in a batch, drawn evenly from all candidates.", valueName: "number"))
  var uniformNegatives = 0

  @Option(
    help: ArgumentHelp(
      "Correct scores for how often a candidate is drawn; exact: by its share of the pairs.", valueName: "how"))
  var logq = LogQ.none

  @Option(help: ArgumentHelp("Divisor of scores before the softmax.", valueName: "number"))
  var temperature = 1.0

  @Option(help: ArgumentHelp("Towers whose vectors have unit length.", valueName: "which"))
  var normalise = SoftmaxObjective.Normalisation.none

  @Option(help: ArgumentHelp("Do not count a pair's own candidate among its negatives.", valueName: "boolean"))
  var removeAccidentalHits = false

  @Option(help: ArgumentHelp("Do not count the query's other positives among the negatives.", valueName: "boolean"))
  var maskPositives = false

  @Option(help: ArgumentHelp("Best negatives of each pair that count; all if not given.", valueName: "number"))
  var numHardNegatives: Int?

  func validate() throws {
    guard uniformNegatives >= 0 else {
      throw ValidationError("--uniform-negatives is \(uniformNegatives); give 0 or more")
    }
    guard 0.001...1000 ~= temperature else {
      throw ValidationError(
        "--temperature is \(temperature); give 0.001 to 1000: below, the softmax is one-hot, and above it is flat")
    }
    if let numHardNegatives, numHardNegatives < 1 {
      throw ValidationError("--num-hard-negatives is \(numHardNegatives); give at least 1")
    }
    if negatives == .all, logq != .none || uniformNegatives > 0 {
      throw ValidationError("--negatives=all counts every candidate once; leave --logq and --uniform-negatives out")
    }
  }

  var objective: SoftmaxObjective {
    var objective = SoftmaxObjective()
    objective.negatives = negatives
    objective.uniformNegatives = uniformNegatives
    objective.correctsSampling = logq == .exact
    objective.temperature = Float(temperature)
    objective.normalisation = normalise
    objective.removesAccidentalHits = removeAccidentalHits
    objective.masksPositives = maskPositives
    objective.hardNegatives = numHardNegatives
    return objective
  }
}
