import Artifacts
import CanonicalJSON
import ExportedForms
import Features
import Interactions
import Servable
import StageKit
import TwoTower

/// Forms of the servable for other programs.
extension ServeExportStage {
  /// Refuses forms that cannot hold the model.
  func checkForms(_ context: StageContext) throws {
    for form in ExportedForm.forOtherPrograms where forms.contains(form) {
      if try Recipe(context.input("model").header.schema["recipe"]).method is NextItemRecipe {
        throw ServeExportError.histories(form: form.rawValue)
      }
      try refuseFeatures(form, context)
    }
  }

  /// - Throws: `ServeExportError` if the model answers by features of queries or contexts that the form cannot read.
  private func refuseFeatures(_ form: ExportedForm, _ context: StageContext) throws {
    let declared = try DeclaredFeatures(context.input("model"))
    let unreadable = [declared.query, declared.context].flatMap { FeatureInputs.unreadable($0) }
    guard unreadable.isEmpty else { throw ServeExportError.features(form: form.rawValue, named: unreadable) }
  }

  func publishForms(_ context: StageContext) throws {
    let wanted = ExportedForm.forOtherPrograms.filter { context.optionalOutput($0.rawValue) != nil }
    guard !wanted.isEmpty else { return }
    let servable = try Servable(path: context.output("servable"))
    let export = FormExport(servable, k: k, names: signatureNames, modelName: try ModelName(modelName))
    for form in wanted {
      guard let path = context.optionalOutput(form.rawValue) else { continue }
      context.note("writing \(form.rawValue)")
      try export.publish(form, to: path, lineage: context.lineage())
      context.note(export.left(out: form))
    }
  }
}
