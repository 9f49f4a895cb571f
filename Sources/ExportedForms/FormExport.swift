package import Artifacts
package import Servable
import SystemFiles

/// Exports a servable to a form for other programs: writes it, checks its answers, and publishes it as the tree
/// `NAME/1/…` that servers poll.
package struct FormExport {
  private let servable: Servable
  private let k: Int
  private let names: SignatureNames
  private let modelName: ModelName

  /// - Parameter k: the length of lists.
  package init(_ servable: Servable, k: Int, names: SignatureNames, modelName: ModelName) {
    self.servable = servable
    self.k = k
    self.names = names
    self.modelName = modelName
  }

  /// Describes the features of the servable that the form lacks, for logs.
  package func left(out form: ExportedForm) -> String {
    "\(form.rawValue) scores every candidate exactly"
      + (servable.isExact ? "" : ", where the servable's index is approximate")
      + "; histories of unknown queries, what was seen and filters by field are the servable's alone"
  }

  /// Publishes a form.
  ///
  /// - Parameters:
  ///   - form: one of `ExportedForm.forOtherPrograms`.
  ///   - path: the path of the tree's manifest.
  /// - Throws: `ExportedFormError` if the form cannot hold the servable or answers differently, or a `FileError`.
  package func publish(_ form: ExportedForm, to path: String, lineage: Lineage) throws {
    let draft = Files.temporarySibling(of: ArtifactTree.folder(ofManifest: path))
    defer { Files.remove(draft) }
    let folder = "\(draft)/\(modelName)/1"
    let (tables, written): (ServableTables, WrittenForm)
    tables = servable.tables
    let features = try servable.featureInputs()
    switch form {
    case .native: preconditionFailure("ServableExport publishes the native form")
    case .savedModel:
      try SavedModelWriter(tables, k: k, names: names, features: features).write(to: folder)
      written = try .savedModel(folder, dimension: tables.dimension, features: features)
    case .onnx:
      try ONNXWriter(tables, k: k, features: features).write(to: folder)
      written = try .onnx(folder, dimension: tables.dimension, features: features)
    }
    for (table, read) in zip(features?.tables ?? [], written.tables) where !read.holds(table) {
      throw ExportedFormError.wrongFeatures(form: form.rawValue)
    }
    let checked = try FormCheck(servable: servable, k: k).check(written, name: form.rawValue)
    try ArtifactTree.publish(
      draft: draft, manifest: path, lineage: lineage,
      summary: Summary(
        [
          .fact("form", form.rawValue), .fact("queries", "\(tables.queryCount)"),
          .fact("candidates", "\(tables.candidateCount)"), .fact("dimension", "\(tables.dimension)"),
          .fact("k", "\(min(k, tables.candidateCount))"),
        ] + (features?.facts ?? []) + checked + [.fact("left out", left(out: form))]))
  }
}

extension FeatureInputs {
  /// The columns that a form has inputs for, as items of the summary.
  fileprivate var facts: [Summary.Item] {
    [("features of queries", false), ("features of the context", true)].compactMap { name, isOfContext in
      let columns = inputs.filter { $0.isOfContext == isOfContext }.map(\.name)
      return columns.isEmpty ? nil : .fact(name, columns.joined(separator: ", "))
    }
  }
}
