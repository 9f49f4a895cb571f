package import ArgumentParser
import StageKit
import TwoTower

/// Options that say which interactions are positives.
package struct ThresholdOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Learn only from rows of at least this rating; from all if not given.", valueName: "number"))
  var threshold: Double?

  @Option(
    help: ArgumentHelp("Column that the threshold is about; the weight of the data if not given.", valueName: "column"))
  var thresholdField: String?

  package init() {}

  package var isGiven: Bool { threshold != nil }

  package func validate() throws {
    if let threshold, threshold.isNaN { throw ValidationError("--threshold is \(threshold); give a number") }
    if threshold == nil, thresholdField != nil { throw ValidationError("--threshold-field goes with --threshold") }
  }
}

/// Options of the weights of positives; all weigh the same if nothing is given.
package struct PairWeightOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Column that a pair's loss is multiplied with.", valueName: "column"))
  package var sampleWeight: String?

  @Option(
    help: ArgumentHelp(
      "That column as it is, or ln(1 + number) over the mean of the query's pairs, for counts such as plays.",
      valueName: "scale"))
  package var sampleWeightScale = WeightScale.linear

  package init() {}

  package func validate() throws {
    if sampleWeight == nil, sampleWeightScale != .linear {
      throw ValidationError("--sample-weight-scale goes with --sample-weight")
    }
  }
}

/// A bound of the memory of pairs, which changes nothing of the outcome.
package struct PairMemoryOptions: OutsideTheKey {
  @Option(
    help: ArgumentHelp(
      "Pairs that may stand in memory; more go to a scratch file in the folder of --work.", valueName: "MiB"))
  var pairMemory = PairCollector.memory >> 20

  package init() {}

  package func validate() throws {
    guard 1...1 << 30 ~= pairMemory else {
      throw ValidationError("--pair-memory is \(pairMemory); give 1 MiB or more")
    }
  }

  package var bytes: Int { pairMemory << 20 }
}
