import ArgumentParser
import Artifacts
import CandidateIndex
import DataChecks
import Evaluation
import ExportedForms
import Interactions
import Monitoring
import Servable
import StageKit
import TwoTower

extension ExportedForm: ChoiceParam {}
extension SignatureNames: ChoiceParam {}

enum FailedVerdictRule: String, ChoiceParam { case refuse, warn }

@main
struct ServeExportStage: Stage {
  static let name = "serve-export"
  static let version = 8
  static let summary = "Export a self-contained servable: vocabulary, embeddings, index, catalog and seen items."
  static let inputs = [
    Port("model", Model.type), Port("index", IndexFile.type), Port("catalog", Catalog.candidates),
    Port("seen", Interactions.type), Port("verdict", Verdict.type, optional: true),
    Port("data-verdict", DataVerdict.type, optional: true), Port("users", Catalog.users, optional: true),
  ]
  static let outputs =
    [Port("servable", Servable.type)]
    + ExportedForm.forOtherPrograms.map { Port($0.rawValue, ArtifactTree.type, listedIn: "forms") }

  @OptionGroup(title: "Artifacts")
  var files: StageFiles

  @Option(help: ArgumentHelp("A query whose recommendations are shown.", valueName: "id"))
  var sample = "42"

  @Option(
    help: ArgumentHelp(
      "Forms to export: native, always; saved-model for TensorFlow; onnx for ONNX Runtime and others.",
      valueName: "form"))
  var forms = [ExportedForm.native]

  @Option(help: ArgumentHelp("Length of the lists of exported models.", valueName: "number"))
  var k = 10

  @Option(help: ArgumentHelp("Names of the inputs and outputs of serving_default.", valueName: "kind"))
  var signatureNames = SignatureNames.tandem

  @Option(help: ArgumentHelp("The folder of exported models, by which servers know them.", valueName: "name"))
  var modelName = "retrieval"

  @Option(
    help: ArgumentHelp(
      "Action if a verdict is that the model lost, or that the data failed their check.", valueName: "rule"))
  var onFailedVerdict = FailedVerdictRule.refuse

  func validate() throws {
    guard 1...10_000 ~= k else { throw ValidationError("--k is \(k); give 1 to 10000") }
    do { _ = try ModelName(modelName) } catch { throw ValidationError("--model-name: \(error)") }
  }

  func check(_ given: GivenPorts) throws {
    for form in ExportedForm.forOtherPrograms where forms.contains(form) != given.outputs.contains(form.rawValue) {
      throw ServeExportError.form(form.rawValue, isListed: forms.contains(form))
    }
  }

  func run(in context: StageContext) throws {
    try checkForms(context)
    if let verdict = try context.optionalInput("data-verdict") {
      try PublishedDataVerdict(verdict).check(
        context.input("seen"), allowsFailed: onFailedVerdict == .warn, note: context.note)
    }
    let verdict = try acceptedVerdict(context)
    var folding: WorkProgress?
    let export = try ServableExport(
      model: context.input("model"), index: context.input("index"),
      catalog: context.input("catalog"), seen: context.input("seen"), users: context.optionalInput("users"),
      threads: context.threads, say: context.note,
      progress: { done, all in
        if folding == nil { folding = WorkProgress(parts: all, say: context.note) }
        folding?.finished(done, "folded in \(done) of \(all) queries")
      })
    try export.publish(
      to: context.output("servable"), lineage: context.lineage(), sample: sample,
      facts: [.fact("verdict", verdict)])
    context.note(
      "a native servable, answers checked against the model; unknown queries get "
        + (export.recipe.biasWeight == nil ? "the untrained out-of-vocabulary row" : "what is popular"))
    try publishForms(context)
  }

  /// Returns what the servable says of the verdict.
  ///
  /// - Throws: `ServeExportError` if the verdict does not allow the export.
  private func acceptedVerdict(_ context: StageContext) throws -> String {
    guard let verdict = try context.optionalInput("verdict").map({ try PublishedVerdict($0) }) else {
      context.note("no gate saw this model; let serve-export read a verdict, as verdict: evaluate.verdict")
      return "none: no gate saw this model"
    }
    let model = try context.input("model")
    switch verdict.relation(to: model) {
    case .same: break
    case .refit: context.note("a refit of model \(verdict.model.prefix(12)), which the verdict is about")
    case .extended:
      context.note("model \(verdict.model.prefix(12)), which the verdict is about, or its refit, with more candidates")
    case .other: throw ServeExportError.otherModel(judged: verdict.model, exported: model.digest)
    }
    switch verdict.answer {
    case .passed: return verdict.statement
    case .undecided:
      context.note("exported without a decision: \(verdict.statement)")
      return verdict.statement
    case .lost:
      guard onFailedVerdict == .warn else { throw ServeExportError.failedVerdict(verdict.statement) }
      context.note("exported in spite of its verdict: \(verdict.statement)")
      return "exported in spite of it: \(verdict.statement)"
    }
  }
}
