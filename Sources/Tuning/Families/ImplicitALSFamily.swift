import CanonicalJSON
import ModelTraining
import TwoTower

/// Implicit alternating least squares, its weights as multiples of what the data has.
struct ImplicitALSFamily: ModelFamily {
  var start: [String: JSON] {
    let objective = RelativeObjective()
    return params(
      dimension: JSON(ImplicitALSMethod.dimension), ratio: .number(objective.unobservedRatio),
      regularization: .number(objective.regularization))
  }
  var axes: Int { 3 }
  var checkpoints: [Int] { [2, 4, 6, 8, 12, 16] }

  func params(at point: [Double]) -> [String: JSON] {
    params(
      dimension: Axis.choice(point[2], [64, 128, 256]), ratio: Axis.logarithmic(point[0], 1, 20),
      regularization: Axis.logarithmic(point[1], 0.008, 0.05))
  }

  private func params(dimension: JSON, ratio: JSON, regularization: JSON) -> [String: JSON] {
    [
      "objective": "ials", "dimension": dimension, "unobserved-ratio": ratio, "regularization": regularization,
    ]
  }

  /// Equations, and their solutions by factors.
  func operations(_ size: DataSize, _ params: [String: JSON]) -> Double {
    let (order, rows) = (Double(DataSize.dimension(params)), Double(size.queries + size.candidates))
    return 2 * Double(size.pairs) * order * order + rows * order * order * order / 3
  }
}
