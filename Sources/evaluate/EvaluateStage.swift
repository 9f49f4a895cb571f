import ArgumentParser
import Artifacts
import CandidateIndex
import Evaluation
import Interactions
import StageKit
import TwoTower

extension TieRule: ChoiceParam {}
extension BaselineChoice: ChoiceParam {}

enum CompetingCandidates: String, ChoiceParam { case all, new }

enum JudgingProtocol: String, ChoiceParam {
  case heldOut = "held-out"
  case next
}

@main
struct EvaluateStage: DivisibleStage {
  static let name = "evaluate"
  static let version = 7
  static let summary = "Measure a model on held-out pairs against all candidates, beside baselines."
  static let inputs = [
    Port("model", Model.type), Port("train", Interactions.type), Port("test", Interactions.type),
    Port("catalog", Catalog.candidates, optional: true), Port("users", Catalog.users, optional: true),
    Port("history", Interactions.type, optional: true), Port("other", Model.type, optional: true),
    Port("index", IndexFile.type, optional: true), Port("vocabularies", Vocabularies.type, optional: true),
  ]
  static let outputs = [Port("metrics", Metrics.type), Port("verdict", Verdict.type, optional: true)]

  @OptionGroup(title: "Artifacts")
  var files: StageFiles

  @OptionGroup(title: "Blocks of test queries")
  var blocks: BlockOptions

  @Option(
    help: ArgumentHelp(
      "held-out: all test pairs by what train knows; next: each test event by what its user chose before it.",
      valueName: "name"))
  var `protocol` = JudgingProtocol.heldOut

  @Option(help: ArgumentHelp("Lengths of the lists; repeat for several.", valueName: "number"))
  var ks = [1, 5, 10, 50, 100]

  @Option(help: ArgumentHelp("Rule by which hit_rate ranks equal scores; TFRS is optimistic.", valueName: "rule"))
  var ties = TieRule.optimistic

  @Option(
    help: ArgumentHelp(
      "Baselines to compare the model with; repeat for several. auto: those that cost little beside ranking the model.",
      valueName: "name"))
  var baselines = [BaselineChoice.auto]

  @Option(
    help: ArgumentHelp(
      "Fields of the test interactions, the users or the catalog to slice by; repeat for several.", valueName: "field"))
  var slices: [String] = []

  @Option(
    help: ArgumentHelp(
      "Candidates that compete: all, or those that train has no pair of; new judges the test pairs of these alone.",
      valueName: "which"))
  var candidates = CompetingCandidates.all

  @Option(help: ArgumentHelp("Resamples for intervals and tests, 0 for none.", valueName: "number"))
  var bootstrap = 1000

  @OptionGroup(title: "Gate")
  var gate: GateOptions

  @Option(help: ArgumentHelp("Pairs in a batch of the test loss.", valueName: "pairs"))
  var lossBatchSize = 4096

  @Option(
    help: ArgumentHelp("Random seed of resamples, the random baseline and the test loss.", valueName: "number"))
  var seed: UInt64 = 42

  func validate() throws {
    guard !ks.isEmpty, ks.allSatisfy({ $0 > 0 }), Set(ks).count == ks.count else {
      throw ValidationError("--ks is \(ks); give different numbers of at least 1")
    }
    guard Set(baselines).count == baselines.count else { throw ValidationError("--baselines has one twice") }
    guard Set(slices).count == slices.count else { throw ValidationError("--slices has one twice") }
    guard bootstrap == 0 || 40...1_000_000 ~= bootstrap else {
      throw ValidationError("--bootstrap is \(bootstrap); give 0 for none, or 40 to 1000000")
    }
    guard lossBatchSize > 0 else { throw ValidationError("--loss-batch-size is \(lossBatchSize); give at least 1") }
    _ = try gate.gate(ks: ks, ties: ties)
    guard `protocol` == .heldOut || candidates == .all else {
      throw ValidationError("--candidates=new goes with --protocol=held-out; leave one of them out")
    }
  }

  func check(_ given: GivenPorts) throws {
    if bootstrap == 0, given.outputs.contains("verdict") {
      throw ValidationError("a verdict rests on intervals, and --bootstrap is 0; give 40 or more, 1000 if in doubt")
    }
    if given.outputs.contains("verdict"), gate.gateBeat == "other", !given.inputs.contains("other") {
      throw ValidationError("a verdict is asked for, and there is no other model to beat; give the input \"other\"")
    }
    guard given.inputs.contains("index") else { return }
    if candidates == .new {
      throw ValidationError(
        "--candidates=new judges a part of the candidates, and an index answers with all; leave out "
          + "the input \"index\"")
    }
    if `protocol` == .next {
      throw ValidationError(
        "--protocol=next ranks all candidates, and looks into no index; leave out the input \"index\"")
    }
  }

  func run(in context: StageContext) throws {
    if `protocol` == .next { return try runNext(in: context) }
    try runHeldOut(in: context)
  }
}
