import ArgumentParser
import Artifacts
import ColdStart
import Features
import Interactions
import StageKit
import TwoTower

enum VectorSource: String, ChoiceParam { case head, tower }
enum LengthRule: String, ChoiceParam { case exposure, natural }

@main
struct ColdStartStage: Stage {
  static let name = "cold-start"
  static let version = 2
  static let summary = "Compute vectors, from features, for catalog candidates that were not in training."
  static let inputs = [
    Port("model", Model.type), Port("vocabularies", Vocabularies.type), Port("catalog", Catalog.candidates),
    Port("train", Interactions.type), Port("interactions", Interactions.type, optional: true),
  ]
  static let outputs = [Port("model", Model.type)]

  @OptionGroup(title: "Artifacts")
  var files: StageFiles

  @Option(
    help: ArgumentHelp(
      "New candidates' vectors: by a map that is fitted to the trained vectors, or by the features of the model's own "
        + "tower, if it has any.",
      valueName: "source"))
  var vectors = VectorSource.head

  @Option(
    help: ArgumentHelp(
      "Lengths of new candidates' vectors: chosen for a share of the lists, or as their features give them.",
      valueName: "rule"))
  var lengths = LengthRule.exposure

  @Option(
    help: ArgumentHelp(
      "Share of new candidates in lists of 20, or of a tenth of a small catalog, as a multiple of their share of all "
        + "candidates.",
      valueName: "number"))
  var exposure = ColdStart.Settings().exposure

  @Option(
    help: ArgumentHelp("Greatest share of these lists that new candidates are given.", valueName: "share"))
  var greatestShare = ColdStart.Settings().greatestShare

  @Option(help: ArgumentHelp("Random seed of the sample of trained candidates.", valueName: "number"))
  var seed: UInt64 = 42

  func validate() throws {
    guard 0...1000 ~= exposure else { throw ValidationError("--exposure is \(exposure); give 0 to 1000") }
    guard greatestShare > 0, greatestShare <= 1 else {
      throw ValidationError("--greatest-share is \(greatestShare); give a share above 0, at most 1")
    }
  }

  func run(in context: StageContext) throws {
    let file = try context.input("model")
    let vocabularies = try context.input("vocabularies")
    let (declared, model) = (try Vocabularies(vocabularies), try Model(file))
    guard declared.candidate.column == model.vocabularies.candidate.column else {
      throw ColdStartError.otherColumn(
        model: model.vocabularies.candidate.column, features: declared.candidate.column)
    }
    let features = try DeclaredFeatures(vocabularies)
    guard features.areDeclared || vectors == .tower else { throw ColdStartError.noFeatures }
    guard !features.candidate.isEmpty || vectors == .tower else {
      context.note("candidates have no features, so that the model stays as it is")
      return try publish(model, [], file, context)
    }
    var settings = ColdStart.Settings()
    (settings.scalesLengths, settings.exposure) = (lengths == .exposure, exposure)
    (settings.greatestShare, settings.seed, settings.threads) = (greatestShare, seed, context.threads)
    settings.usesTower = vectors == .tower
    let coldStart = try ColdStart(
      model, features: features.candidate, catalog: Catalog(context.input("catalog")),
      train: Interactions(context.input("train")),
      newer: try context.optionalInput("interactions").map { try Interactions($0) }, settings: settings)
    for line in coldStart.report.lines { context.note(line) }
    try publish(coldStart.model, coldStart.report.facts, file, context)
  }

  private func publish(
    _ model: Model, _ facts: [Summary.Item], _ trained: ArtifactFile, _ context: StageContext
  ) throws {
    let counts = [0] + model.vocabularies.candidate.counts.map { Int($0) }
    try model.publish(
      to: context.output("model"), lineage: context.lineage(),
      summary: ModelSummary(model: model, epochs: [], candidateCounts: counts, facts: facts).summary,
      extending: trained)
  }
}
