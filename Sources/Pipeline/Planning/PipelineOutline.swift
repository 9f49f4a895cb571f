package import Artifacts
import SystemFiles

/// The part of a pipeline that its file alone tells.
package struct PipelineOutline: Sendable {
  package let name: String
  /// The stages in the order of the file.
  package let stages: [String]
  package let store: Store

  /// The path that leads to the servable of the last run that moved `latest`.
  ///
  /// - Throws: `PipelineError` if no stage has made one, or several have.
  package func servable() throws -> String {
    let found = stages.map { "\(store.root)/\($0)/latest/servable.tandem" }.filter { Files.exists($0) }
    guard let path = found.first else { throw PipelineError.noServable(pipeline: name, store: store.root) }
    guard found.count == 1 else { throw PipelineError.severalServables(paths: found) }
    return path
  }
}
