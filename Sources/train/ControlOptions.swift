import ArgumentParser
import Evaluation
import StageKit

/// When training ends, and what stands in for what it never saw.
struct ControlOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What the validation part judges by, seen excluded; the best epoch is kept.", valueName: "metric"))
  var stopMetric = "recall@20"

  @Option(help: ArgumentHelp("Epochs without a better value before training stops.", valueName: "epochs"))
  var patience: Int?

  @Option(
    help: ArgumentHelp(
      "Answer for unknown queries: what is popular, or the untrained row as TFRS has it.", valueName: "what"))
  var unknownQuery = UnknownQuery.popularity

  @Option(help: ArgumentHelp("Weight of recent popularity beside every query's scores.", valueName: "number"))
  var recencyWeight = 0.0

  @Option(help: ArgumentHelp("Newest part of training that popularity is counted in.", valueName: "share"))
  var recencyShare = 1.0

  enum UnknownQuery: String, ChoiceParam { case untrained, popularity }

  func validate() throws {
    _ = try metric
    if let patience, patience < 1 { throw ValidationError("--patience is \(patience); give at least 1 epoch") }
    guard recencyWeight >= 0, Float(recencyWeight).isFinite else {
      throw ValidationError("--recency-weight is \(recencyWeight); give 0 or more")
    }
    guard recencyShare > 0, recencyShare <= 1 else {
      throw ValidationError("--recency-share is \(recencyShare); give a share of training above 0, 1 for all of it")
    }
    if recencyShare < 1, unknownQuery == .untrained {
      throw ValidationError("--recency-share has no meaning with --unknown-query=untrained")
    }
    if recencyWeight > 0, unknownQuery == .untrained {
      throw ValidationError("--recency-weight has no meaning with --unknown-query=untrained")
    }
  }

  /// The metric that the validation part judges by.
  var metric: MetricAtK {
    get throws {
      guard let metric = MetricAtK(stopMetric) else {
        throw ValidationError(
          "--stop-metric is \(stopMetric); give one of \(MetricAtK.measures) with a length, as recall@20")
      }
      return metric
    }
  }
}
