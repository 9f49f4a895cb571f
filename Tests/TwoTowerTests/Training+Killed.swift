import Artifacts
import TestKit
import Testing

@testable import TwoTower

/// The end of a training that somebody killed.
private struct Killed: Error {}

extension Training {
  /// Trains up to a step, publishes the state there and is killed.
  ///
  /// - Returns: the state.
  func stateWhenKilled(
    at step: Int, _ path: String, _ listener: TrainingListener = TrainingListener(),
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> ArtifactFile {
    var listener = listener
    listener.batch = { training in
      guard training.progress.step == step else { return }
      try training.publish(to: path, lineage: .none)
      throw Killed()
    }
    #expect(throws: Killed.self, sourceLocation: sourceLocation) { _ = try train(listener) }
    return try ArtifactFile(path: path, type: TrainingState.type)
  }
}
