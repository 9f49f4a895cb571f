/// A file format in which a servable is exported.
package enum ExportedForm: String, Sendable, CaseIterable {
  /// The servable itself, which every export has; `ServableExport` writes it.
  case native
  case savedModel = "saved-model"
  case onnx

  /// The forms that `FormExport` writes from a native servable, each as an output of its own.
  package static let forOtherPrograms = allCases.filter { $0 != .native }
}
