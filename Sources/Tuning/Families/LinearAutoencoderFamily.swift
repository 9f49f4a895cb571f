import CanonicalJSON
import ModelTraining
import TwoTower

/// A denoising linear autoencoder, whose queries are sums of candidates.
struct LinearAutoencoderFamily: ModelFamily {
  var start: [String: JSON] {
    let settings = LinearAutoencoder.Settings()
    return params(
      dimension: JSON(LinearAutoencoderMethod.dimension), dropout: .number(settings.inputDropout),
      learningRate: .number(settings.learningRate))
  }
  var axes: Int { 3 }
  var checkpoints: [Int] { [4, 8, 12, 16, 20, 25] }

  func params(at point: [Double]) -> [String: JSON] {
    params(
      dimension: Axis.choice(point[2], [64, 128, 256]), dropout: Axis.logarithmic(point[0], 0.1, 0.75),
      learningRate: Axis.logarithmic(point[1], 0.003, 0.05))
  }

  private func params(dimension: JSON, dropout: JSON, learningRate: JSON) -> [String: JSON] {
    [
      "objective": "linear-autoencoder", "dimension": dimension, "input-dropout": dropout,
      "autoencoder-learning-rate": learningRate,
    ]
  }

  /// Scores, and their gradients to both sides.
  func operations(_ size: DataSize, dimension: Int) -> Double { 3 * size.scoring(dimension: dimension) }
}
