package import CanonicalJSON
package import Evaluation

/// The quality of a trial, checkpoint by checkpoint.
package struct TrialResult: Sendable, Equatable {
  /// The estimate of the metric after a number of epochs.
  package struct Checkpoint: Sendable, Equatable {
    package var epochs: Int
    package var estimate: Estimate
  }

  /// The values by rising epochs; fewer than the family has where training stopped early, and none where it failed.
  package var checkpoints: [Checkpoint]
  /// The reason why training failed; `nil` if it did not.
  package var failure: String?

  package init(_ checkpoints: [Checkpoint], failure: String? = nil) {
    self.checkpoints = checkpoints
    self.failure = failure
  }

  /// The checkpoint with the greatest value, the first of equals.
  package var best: Checkpoint? {
    checkpoints.reduce(nil) { best, next in
      if let best, best.estimate.value >= next.estimate.value { return best }
      return next
    }
  }

  /// The mean over held-out parts, of the checkpoints that all of them reached; a failure if one of them failed.
  package init(meanOf results: [TrialResult]) {
    failure = results.compactMap(\.failure).first
    let count = results.map(\.checkpoints.count).min() ?? 0
    checkpoints = (0..<count).compactMap { place in
      Estimate(meanOf: results.map { $0.checkpoints[place].estimate }).map {
        Checkpoint(epochs: results[0].checkpoints[place].epochs, estimate: $0)
      }
    }
  }
}

extension TrialResult {
  package var json: JSON {
    .object(
      [
        "checkpoints": .array(
          checkpoints.map {
            .array([JSON($0.epochs), .number($0.estimate.value), .number($0.estimate.standardError)])
          })
      ].merging(failure.map { ["failure": JSON($0)] } ?? [:]) { $1 })
  }

  /// Reads a result; `nil` if `json` is not one.
  package init?(_ json: JSON) {
    guard let entries = json["checkpoints"]?.array else { return nil }
    checkpoints = entries.compactMap { entry in
      guard let values = entry.array, values.count == 3, let epochs = values[0].integer, let value = values[1].number,
        let error = values[2].number
      else { return nil }
      return Checkpoint(epochs: epochs, estimate: Estimate(value: value, standardError: error))
    }
    guard checkpoints.count == entries.count else { return nil }
    failure = json["failure"]?.string
  }
}
