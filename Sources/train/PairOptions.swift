import ArgumentParser
import Interactions
import StageKit

/// Which interactions are positives, and how much each counts.
struct PairOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Learn only from rows of at least this rating; from all if not given.", valueName: "number"))
  var threshold: Double?

  @Option(
    help: ArgumentHelp("Column that the threshold is about; the weight of the data if not given.", valueName: "column"))
  var thresholdField: String?

  @Option(help: ArgumentHelp("Column that a pair's loss is multiplied with.", valueName: "column"))
  var sampleWeight: String?

  @Option(help: ArgumentHelp("Halve a pair's weight for so many days before the newest one.", valueName: "days"))
  var halfLife: Double?

  func validate() throws {
    if let threshold, threshold.isNaN { throw ValidationError("--threshold is \(threshold); give a number") }
    if threshold == nil, thresholdField != nil { throw ValidationError("--threshold-field goes with --threshold") }
    if let halfLife, !(halfLife > 0 && halfLife.isFinite) {
      throw ValidationError("--half-life is \(halfLife); give a number of days above 0")
    }
  }
}
