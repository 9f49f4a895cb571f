import ArgumentParser
import Evaluation
import StageKit

extension SeenProtocol: ChoiceParam {}

/// The requirement that the model must meet before it may be served.
struct GateOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Metric of the verdict; ndcg at the longest of ks if not given.", valueName: "metric"))
  var gateMetric: String?

  @Option(help: ArgumentHelp("Protocol of the verdict: seen candidates compete or do not.", valueName: "protocol"))
  var gateProtocol = SeenProtocol.excluded

  @Option(help: ArgumentHelp("Baseline that the model must beat, or \"other\".", valueName: "name"))
  var gateBeat = "popularity"

  @Option(help: ArgumentHelp("Minimum required improvement.", valueName: "number"))
  var gateBy = 0.0

  func validate() throws {
    guard gateBeat == "other" || Baseline(rawValue: gateBeat) != nil else {
      let names = Baseline.allCases.map(\.rawValue) + ["other"]
      throw ValidationError("--gate-beat is \(gateBeat); give one of \(names.joined(separator: ", "))")
    }
  }

  /// - Parameter ties: how hit_rate is counted.
  func gate(ks: [Int], ties: TieRule) throws -> Gate {
    let metric = gateMetric ?? "\(Measure.ndcg.name)@\(ks.max() ?? 1)"
    guard let parsed = MetricAtK(metric), ks.contains(parsed.k) else {
      let lengths = ks.map { "\($0)" }.joined(separator: ", ")
      throw ValidationError(
        "--gate-metric is \(metric); give one of \(MetricAtK.measures) with a length that is measured (\(lengths)), "
          + "as ndcg@\(ks.max() ?? 1)")
    }
    // A model that gives all candidates one score would have every target in its list.
    guard parsed.measure.ties(ties) == TieRule.expected.rawValue else {
      throw ValidationError(
        "--gate-metric is \(metric), and --ties=\(ties.rawValue) counts equal scores in favour of whoever has them; "
          + "give --ties=expected")
    }
    return Gate(metric: metric, seenProtocol: gateProtocol, beat: gateBeat, by: gateBy)
  }
}
