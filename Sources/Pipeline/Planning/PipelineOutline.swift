package import Artifacts

/// The part of a pipeline that its file alone tells.
package struct PipelineOutline: Sendable {
  package let name: String
  /// The stages in the order of the file.
  package let stages: [String]
  package let store: Store
}
