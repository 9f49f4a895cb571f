import ArgumentParser
import Artifacts
import CanonicalJSON
import Evaluation
import Interactions
import ModelTraining
import Monitoring
import StageKit
import Tables
import Tuning
import TwoTower

@main
struct TuneStage: CooperativeStage {
  static let name = "tune"
  static let version = 7
  static let summary = "Find a good recipe for these data on held-out training pairs."
  static let inputs = [
    Port("train", Interactions.type), Port("vocabularies", Vocabularies.type),
    Port("validation", Interactions.type, optional: true),
  ]
  static let outputs = [Port("recipe", TunedRecipe.type)]

  @OptionGroup(title: "Artifacts")
  var files: StageFiles

  @OptionGroup(title: "Blocks of the search")
  var blocks: BlockOptions

  @OptionGroup(title: "Memory")
  var memory: PairMemoryOptions

  @Option(help: ArgumentHelp("Families of models to try; repeat for several.", valueName: "name"))
  var families = FamilyName.allCases

  @Option(
    help: ArgumentHelp(
      "Number of trials by ids alone in the first round; the best third goes on.", valueName: "number"))
  var trials = 36

  @Option(
    help: ArgumentHelp(
      "Stop earlier, with the best so far; no limit if not given. Not for a search in blocks.", valueName: "minutes"))
  var minutes: Double?

  @Option(
    help: ArgumentHelp(
      "Try the families' best models together too, in one pair of towers.", valueName: "boolean"))
  var ensemble = true

  @Option(
    help: ArgumentHelp(
      "Try towers with the features that the vocabularies have too, beside each softmax trial by ids alone.",
      valueName: "boolean"))
  var features = true

  @Option(help: ArgumentHelp("What held-out pairs judge by, seen excluded.", valueName: "metric"))
  var metric = "recall@20"

  @Option(help: ArgumentHelp("Random seed of trials, samples, held-out parts and models.", valueName: "number"))
  var seed: UInt64 = 42

  @OptionGroup(title: "Positives")
  var threshold: ThresholdOptions

  @OptionGroup(title: "Weights")
  var weights: PairWeightOptions

  @OptionGroup(title: "Unknown queries and popularity")
  var unknownQuery: UnknownQueryOptions

  func validate() throws {
    guard 1...1000 ~= trials else { throw ValidationError("--trials is \(trials); give 1 to 1000") }
    guard !families.isEmpty, Set(families).count == families.count else {
      throw ValidationError("--families has one twice; give each once")
    }
    if let minutes, !(minutes > 0) { throw ValidationError("--minutes is \(minutes); give a number above 0") }
    if minutes != nil, blocks.areGiven {
      throw ValidationError(
        "--minutes is given with --blocks, and processes that share a search must all end where it ends; leave one out")
    }
    _ = try judged
  }

  private var judged: MetricAtK {
    get throws { try MetricAtK(metric, of: "--metric") }
  }

  func run(in context: StageContext) throws {
    let described = try context.input("vocabularies")
    let vocabularies = try Vocabularies(described)
    let train = try InteractionFile(context.input("train"))
    let hasTimes = train.roles.timestamp != nil && !vocabularies.isItemToItem
    let positives = try PositivePairs(
      train, vocabularies, threshold, sampleWeight: weights.sampleWeight, scale: weights.sampleWeightScale,
      memory: memory.bytes, folder: context.work, keepingRows: hasTimes)
    if let warning = positives.weightWarning { context.noteForAll(warning) }
    context.noteForAll("\(positives.pairs.count) pairs, \(positives.left)")
    if features, try TuningData.hasContext(described) {
      context.noteForAll(
        "no trial reads the context, nor features of queries, whose tower would read it too; train can")
    }
    let held = try context.optionalInput("validation").map {
      try heldPairs(InteractionFile($0), vocabularies, folder: context.work)
    }
    let lineage = try context.lineage()
    do {
      let data = try TuningData(
        positives.pairs, times: hasTimes ? positives.times(in: train, neededFor: "--families=linear-autoencoder") : nil,
        held: held, vocabularies, encoded: features ? TuningData.encodings(of: described) : [:],
        metric: judged, seed: seed)
      let journal = TrialJournal(in: context.work, lineage: lineage.json)
      let outcome = try search(data, journal, context)
      guard context.block == nil else { return }
      var found: [String: JSON] = ["trials": outcome.trialsJSON, "stopped": .bool(outcome.isStopped)]
      found["combinations"] = outcome.ensemble?.json
      let recipe = outcome.ensemble?.recipe
      try publish(recipe == nil ? outcome.params : [:], recipe, found, outcome.summary, context, lineage)
      journal.remove()
    } catch let reason where isTooLittleData(reason) {
      let recipe = UntriedRecipe(families[0], seed: seed, reason: "\(reason)")
      context.noteForAll("nothing is tried: \(reason); the recipe is what \(families[0].rawValue) starts from")
      guard context.block == nil else { return }
      try publish(recipe.params, nil, ["trials": []], recipe.summary, context, lineage)
    }
  }

  private func search(_ data: TuningData, _ journal: TrialJournal, _ context: StageContext) throws -> SearchOutcome {
    let bar = ProgressBar()
    defer { bar.clear() }
    let drawn = TrialParams.draws(
      trials, families, features: data.sidesWithFeatures, hasTimes: data.hasTimes, seed: seed)
    let reading = drawn.count { !$0.sidesWithFeatures.isEmpty }
    if reading > 0 {
      let sides = data.sidesWithFeatures.map(\.plural).joined(separator: " and ")
      context.noteForAll("\(reading) of \(drawn.count) trials read features of \(sides)")
    }
    return try Search(
      data, drawn, seed: seed, minutes: minutes, triesEnsembles: ensemble,
      threads: context.threads,
      note: {
        bar.clear()
        context.note($0)
      }, bar: { share, text in bar.update(share) { _ in text } }
    ).run(journal, from: context.block.map { Double($0.number - 1) / Double($0.count) } ?? 0)
  }

  /// Publishes params, with those that are about the data.
  private func publish(
    _ params: [String: JSON], _ ensemble: EnsembleRecipe?, _ search: [String: JSON], _ summary: Summary,
    _ context: StageContext, _ lineage: Lineage
  ) throws {
    let all = [threshold.changed, weights.changed, unknownQuery.changed].reduce(into: params) { $0.merge($1) { $1 } }
    try TunedRecipe(params: all, ensemble: ensemble).publish(
      to: context.output("recipe"), search: search.merging(["metric": JSON(metric)]) { $1 }, lineage: lineage,
      summary: summary)
  }

  private func heldPairs(
    _ validation: InteractionFile, _ vocabularies: Vocabularies, folder: String?
  ) throws -> [Pair] {
    let pairs = try PositivePairs(
      validation, vocabularies, ThresholdOptions.parse([]), sampleWeight: nil, memory: memory.bytes, folder: folder
    ).pairs
    return zip(try pairs.queries, try pairs.candidates).map { Pair(query: $0, candidate: $1) }
  }
}

extension ParsableArguments {
  /// Params that are not at their defaults.
  fileprivate var changed: [String: JSON] {
    let values = params
    return Dictionary(changedParams.map { ($0, values[$0] ?? .null) }) { first, _ in first }
  }
}

/// `true` if there is not enough data to judge a model by.
private func isTooLittleData(_ error: any Error) -> Bool {
  if case .tooFewPairs? = error as? TuningError { return true }
  if case .nothingToJudge? = error as? ModelTrainingError { return true }
  return false
}
