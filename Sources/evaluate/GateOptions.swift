import ArgumentParser
import Evaluation
import StageKit

extension SeenProtocol: ChoiceParam {}

/// What the model is asked for before it may be served.
struct GateOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("What the verdict is about; hit_rate at the longest of ks if not given.", valueName: "metric"))
  var gateMetric: String?

  @Option(help: ArgumentHelp("Whether what was seen competes, for the verdict.", valueName: "protocol"))
  var gateProtocol = SeenProtocol.excluded

  @Option(help: ArgumentHelp("Whom the model must beat: a baseline, or \"other\".", valueName: "name"))
  var gateBeat = "popularity"

  @Option(help: ArgumentHelp("By how much more than nothing.", valueName: "number"))
  var gateBy = 0.0

  @Option(
    help: ArgumentHelp("Whether the difference's interval must clear the bar too.", valueName: "yes or no"))
  var gateCertain = false

  func validate() throws {
    guard gateBeat == "other" || Baseline(rawValue: gateBeat) != nil else {
      let names = Baseline.allCases.map(\.rawValue) + ["other"]
      throw ValidationError("--gate-beat is \(gateBeat); give one of \(names.joined(separator: ", "))")
    }
  }

  func gate(ks: [Int]) throws -> Gate {
    let metric = gateMetric ?? "hit_rate@\(ks.max() ?? 1)"
    let parts = metric.split(separator: "@")
    guard parts.count == 2, let measure = Measure(name: parts[0]), Measure.ofQuality.contains(measure),
      let k = Int(parts[1]), ks.contains(k)
    else {
      let names = Measure.ofQuality.map(\.name).joined(separator: ", ")
      let lengths = ks.map { "\($0)" }.joined(separator: ", ")
      throw ValidationError(
        "--gate-metric is \(metric); give one of \(names) with a length that is measured (\(lengths)), "
          + "as hit_rate@\(ks.max() ?? 1)")
    }
    return Gate(metric: metric, seenProtocol: gateProtocol, beat: gateBeat, by: gateBy, isCertain: gateCertain)
  }
}
