import ArgumentParser
import StageKit
import TwoTower

/// What implicit alternating least squares minimises; its sweeps are the epochs.
struct ImplicitALSOptions: ParsableArguments {
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

  /// Params that mean something where nothing is trained by gradients.
  private static let params: Set = [
    "objective", "unobserved-weight", "regularization", "regularization-exponent", "dimension", "epochs", "seed",
    "threshold", "threshold-field", "sample-weight", "half-life", "stop-metric", "patience", "unknown-query",
    "recency-weight", "recency-share",
  ]

  func validate() throws {
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

  func refuseWithout() throws {
    let given = [
      unobservedWeight.map { _ in "--unobserved-weight" }, regularization.map { _ in "--regularization" },
      regularizationExponent.map { _ in "--regularization-exponent" },
    ].compactMap { $0 }
    guard given.isEmpty else { throw ValidationError("\(given.joined(separator: ", ")): goes with --objective=ials") }
  }

  func refuseOthers(_ stage: TrainStage) throws {
    let others = stage.changedParams.filter { !Self.params.contains($0) }.map { "--\($0)" }
    guard others.isEmpty else {
      throw ValidationError(
        "\(others.joined(separator: ", ")): does not go with --objective=ials, which has no batches")
    }
    if stage.look.audit { throw ValidationError("--audit: does not go with --objective=ials, which has no batches") }
  }

  /// - Parameter candidates: how many there are, which the weight of what was not chosen must fall with: it stands beside
  ///   each query's few choices once for every candidate.
  func objective(candidates: Int) -> ImplicitALSObjective {
    var objective = ImplicitALSObjective()
    objective.unobservedWeight = min(objective.unobservedWeight, 250 / Double(max(candidates, 1)))
    if let unobservedWeight { objective.unobservedWeight = unobservedWeight }
    if let regularization { objective.regularization = regularization }
    if let regularizationExponent { objective.exponent = regularizationExponent }
    return objective
  }
}
