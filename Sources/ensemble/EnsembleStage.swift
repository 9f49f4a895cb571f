import ArgumentParser
import Artifacts
import Interactions
import ModelTraining
import StageKit
import TwoTower

@main
struct EnsembleStage: Stage {
  static let name = "ensemble"
  static let version = 2
  static let summary = "Put models that were trained before into one pair of towers."
  static let members = (1...8).map { Port("member-\($0)", Model.type, optional: true) }
  static let inputs =
    [
      Port("train", Interactions.type), Port("vocabularies", Vocabularies.type),
      Port("recipe", Model.type, optional: true),
    ] + members
  static let outputs = [Port("model", Model.type)]

  @OptionGroup(title: "Artifacts")
  var files: StageFiles

  @OptionGroup(title: "Memory")
  var memory: PairMemoryOptions

  @Option(help: ArgumentHelp("Length of an embedding.", valueName: "number"))
  var dimension = 32

  @OptionGroup(title: "Positives")
  var threshold: ThresholdOptions

  @OptionGroup(title: "Unknown queries and popularity")
  var unknownQuery: UnknownQueryOptions

  func validate() throws {
    guard 1...4096 ~= dimension else { throw ValidationError("--dimension is \(dimension); give 1 to 4096") }
  }

  func run(in context: StageContext) throws {
    guard let recipe = try context.optionalInput("recipe") else {
      return try compress(context, lineage: context.lineage())
    }
    var refit = try Refit(recipe, asked: self)
    context.note(refit.description)
    for port in Self.members {
      let judged = refit.lineage.inputs[port.name]
      let member = try context.optionalInput(port.name)
      guard (member != nil) == (judged != nil), member?.header.lineage.inputs["recipe"] == judged else {
        throw ModelTrainingError.otherMember(port.name)
      }
    }
    refit.stage.memory = memory
    try refit.stage.compress(context, lineage: refit.lineage(in: context))
  }

  private func compress(_ context: StageContext, lineage: Lineage) throws {
    let given = try Self.members.compactMap { port in try context.optionalInput(port.name).map { (port.name, $0) } }
    let members = try given.map { try Model($0.1) }
    // Members are without the rows that training has no pairs for.
    let vocabularies = try members.first?.vocabularies ?? Vocabularies(context.input("vocabularies"))
    let data = try TrainingData(
      context, vocabularies, threshold: threshold, unknownQuery: unknownQuery, memory: memory)
    let outcome = try EnsembleOutcome(
      Ensemble(members, vocabularies: vocabularies, names: given.map(\.0)), members, data.pairs, dimension: dimension,
      threads: context.threads)
    for line in outcome.lines { context.note(line) }
    try (data.popularity?.added(to: outcome.model) ?? outcome.model).publish(
      to: context.output("model"), lineage: lineage, summary: outcome.summary)
  }
}
