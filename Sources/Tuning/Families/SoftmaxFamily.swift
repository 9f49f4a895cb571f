import CanonicalJSON

/// Vectors of unit length, trained by the softmax over all candidates with a temperature, all pairs in one batch.
struct SoftmaxFamily: ModelFamily {
  var start: [String: JSON] { params(dimension: 128, temperature: .number(0.2)) }
  var axes: Int { 2 }
  var checkpoints: [Int] { [10, 20, 30, 40, 60, 80] }
  var readsFeatures: Bool { true }

  func params(at point: [Double]) -> [String: JSON] {
    params(
      dimension: Axis.choice(point[1], [64, 128, 256]), temperature: Axis.logarithmic(point[0], 0.08, 0.32))
  }

  private func params(dimension: JSON, temperature: JSON) -> [String: JSON] {
    [
      "objective": "softmax", "negatives": "all", "normalise": "both", "batch-size": 1_000_000,
      "dimension": dimension, "temperature": temperature,
    ]
  }

  /// Scores, and their gradients to both sides.
  func operations(_ size: DataSize, _ params: [String: JSON]) -> Double { 3 * size.scoring(params) }
}
