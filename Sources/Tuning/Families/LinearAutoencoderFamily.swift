import CanonicalJSON
import ModelTraining
import TwoTower

/// A denoising linear autoencoder, whose queries are sums of candidates.
struct LinearAutoencoderFamily: ModelFamily {
  var start: [String: JSON] {
    params(
      dimension: JSON(LinearAutoencoderMethod.dimension), dropout: .number(LinearAutoencoder.Settings().inputDropout),
      rateFactor: 1, segmentLength: Segments.start)
  }
  var axes: Int { 4 }
  var checkpoints: [Int] { [4, 8, 12, 16, 20, 25] }
  var paramsByTimes: Set<String> { [Segments.param] }

  func params(at point: [Double]) -> [String: JSON] {
    params(
      dimension: Axis.choice(point[2], [64, 128, 256]), dropout: Axis.logarithmic(point[0], 0.1, 0.75),
      rateFactor: Axis.logarithmic(point[1], 0.3, 5), segmentLength: Segments.length(point[3]))
  }

  private func params(
    dimension: JSON, dropout: JSON, rateFactor: JSON, segmentLength: JSON
  ) -> [String: JSON] {
    [
      "objective": "linear-autoencoder", "dimension": dimension, "input-dropout": dropout,
      "autoencoder-rate-factor": rateFactor, Segments.param: segmentLength,
    ]
  }

  /// Scores, and their gradients to both sides, for each segment.
  func operations(_ size: DataSize, _ params: [String: JSON]) -> Double {
    let length = params[Segments.param]?.integer ?? 0
    var segments = size
    if length > 0 { segments.queries += size.pairs / length }
    return 3 * segments.scoring(params)
  }
}
