import ArgumentParser
import Artifacts
import CandidateIndex
import Evaluation
import Interactions
import Servable
import StageKit
import TwoTower

enum FailedVerdictRule: String, ChoiceParam { case refuse, warn }

@main
struct ServeExportStage: Stage {
  static let name = "serve-export"
  static let version = 4
  static let summary = "Export a self-contained servable: vocabulary, embeddings, index, catalog and seen items."
  static let inputs = [
    Port("model", Model.type), Port("index", StoredIndex.type), Port("catalog", Catalog.candidates),
    Port("seen", Interactions.type), Port("verdict", Verdict.type, optional: true),
  ]
  static let outputs = [Port("servable", Servable.type)]

  @OptionGroup(title: "Artifacts")
  var files: StageFiles

  @Option(help: ArgumentHelp("A query whose recommendations are shown.", valueName: "id"))
  var sample = "42"

  @Option(help: ArgumentHelp("What to do where the verdict is that the model lost.", valueName: "rule"))
  var onFailedVerdict = FailedVerdictRule.refuse

  enum Refusal: Error, CustomStringConvertible {
    case failedVerdict(String)
    case otherModel(judged: String, exported: Digest)

    var description: String {
      switch self {
      case .failedVerdict(let statement):
        "the model is not worth serving: \(statement); train a better one, or go on with on-failed-verdict warn"
      case .otherModel(let judged, let exported):
        "the verdict is about model \(judged.prefix(12)), and this is \(exported.hexadecimal.prefix(12)); evaluate the "
          + "model that is exported"
      }
    }
  }

  func run(in context: StageContext) throws {
    let verdict = try acceptedVerdict(context)
    let export = try ServableExport(
      model: context.input("model"), index: context.input("index"),
      catalog: context.input("catalog"), seen: context.input("seen"))
    try export.publish(
      to: context.output("servable"), lineage: context.lineage(), sample: sample,
      facts: verdict.map { [.fact($0.isPassed ? "verdict" : "exported in spite of its verdict", $0.statement)] } ?? [])
    context.note(
      "a native servable, answers checked against the model; unknown queries get "
        + (export.recipe.biasWeight == nil ? "the untrained out-of-vocabulary row" : "what is popular"))
  }

  /// The verdict, if there is one and the model may be exported.
  private func acceptedVerdict(_ context: StageContext) throws -> PublishedVerdict? {
    guard let verdict = try context.optionalInput("verdict").map({ try PublishedVerdict($0) }) else { return nil }
    let model = try context.input("model").digest
    guard verdict.model == model.hexadecimal else { throw Refusal.otherModel(judged: verdict.model, exported: model) }
    guard verdict.isPassed || onFailedVerdict == .warn else { throw Refusal.failedVerdict(verdict.statement) }
    if !verdict.isPassed { context.note("exported in spite of its verdict: \(verdict.statement)") }
    return verdict
  }
}
