import CanonicalJSON
import ModelTraining
import TwoTower

/// A denoising linear autoencoder, whose queries are sums of candidates.
struct LinearAutoencoderFamily: ModelFamily {
  var start: [String: JSON] {
    params(
      dimension: JSON(LinearAutoencoderMethod.dimension), dropout: .number(LinearAutoencoder.Settings().inputDropout),
      rateFactor: 1)
  }
  var axes: Int { 3 }
  var checkpoints: [Int] { [4, 8, 12, 16, 20, 25] }

  func params(at point: [Double]) -> [String: JSON] {
    params(
      dimension: Axis.choice(point[2], [64, 128, 256]), dropout: Axis.logarithmic(point[0], 0.1, 0.75),
      rateFactor: Axis.logarithmic(point[1], 0.3, 5))
  }

  private func params(dimension: JSON, dropout: JSON, rateFactor: JSON) -> [String: JSON] {
    [
      "objective": "linear-autoencoder", "dimension": dimension, "input-dropout": dropout,
      "autoencoder-rate-factor": rateFactor,
    ]
  }

  /// Scores, and their gradients to both sides.
  func operations(_ size: DataSize, dimension: Int) -> Double { 3 * size.scoring(dimension: dimension) }
}
