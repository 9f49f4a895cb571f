package import ArgumentParser
package import Evaluation
import StageKit

/// Options of the end of training.
package struct StoppingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Metric of the validation part, seen excluded; the best epoch is kept.", valueName: "metric"))
  package var stopMetric = "recall@20"

  @Option(help: ArgumentHelp("Epochs without a better value before training stops.", valueName: "epochs"))
  package var patience: Int?

  package init() {}

  package func validate() throws {
    _ = try metric
    if let patience, patience < 1 { throw ValidationError("--patience is \(patience); give at least 1 epoch") }
  }

  /// The metric that the validation part judges by.
  package var metric: MetricAtK {
    get throws { try MetricAtK(stopMetric, of: "--stop-metric") }
  }
}

extension MetricAtK {
  /// The metric that an option names.
  ///
  /// - Throws: `ValidationError` if it names none.
  package init(_ text: String, of option: String) throws {
    guard let metric = MetricAtK(text) else {
      throw ValidationError("\(option) is \(text); give one of \(MetricAtK.measures) with a length, as recall@20")
    }
    self = metric
  }
}
