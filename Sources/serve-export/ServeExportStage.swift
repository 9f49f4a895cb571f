import ArgumentParser
import Artifacts
import CandidateIndex
import Interactions
import Servable
import StageKit
import TwoTower

@main
struct ServeExportStage: Stage {
  static let name = "serve-export"
  static let version = 2
  static let summary = "Export a self-contained servable: vocabulary, embeddings, index, titles and seen items."
  static let inputs = [
    Port("model", Model.type), Port("index", StoredIndex.type), Port("catalog", Catalog.candidates),
    Port("seen", Interactions.type),
  ]
  static let outputs = [Port("servable", Servable.type)]

  @OptionGroup(title: "Artifacts")
  var files: StageFiles

  @Option(help: ArgumentHelp("A query whose recommendations are shown.", valueName: "id"))
  var sample = "42"

  func run(in context: StageContext) throws {
    let export = try ServableExport(
      model: Model(context.input("model")), index: StoredIndex(context.input("index")),
      catalog: Catalog(context.input("catalog")), seen: Interactions(context.input("seen")))
    try export.publish(to: context.output("servable"), lineage: context.lineage(), sample: sample)
    context.note(
      "a native servable, answers checked against the model; unknown queries get "
        + (export.model.recipe.biasWeight == nil ? "the untrained out-of-vocabulary row" : "what is popular"))
  }
}
