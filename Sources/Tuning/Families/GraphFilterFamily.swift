import CanonicalJSON
import ModelTraining
import TwoTower

/// A filter of the graph of interactions. It is seldom the best alone, and ranks differently from models that are
/// learnt by gradients or least squares, so that it adds most to them.
struct GraphFilterFamily: ModelFamily {
  var start: [String: JSON] {
    params(dimension: JSON(GraphFilterMethod.dimension), power: .number(GraphFilter.Settings().power))
  }
  var axes: Int { 2 }
  var checkpoints: [Int] { [4, 8, 12] }

  func params(at point: [Double]) -> [String: JSON] {
    params(dimension: Axis.choice(point[1], [64, 128, 256]), power: Axis.logarithmic(point[0], 0.5, 2))
  }

  private func params(dimension: JSON, power: JSON) -> [String: JSON] {
    ["objective": "graph-filter", "dimension": dimension, "filter-power": power]
  }

  /// Products with the interactions, Gram matrices and their use.
  func operations(_ size: DataSize, dimension: Int) -> Double {
    let (pairs, rows, order) = (Double(size.pairs), Double(size.queries + 3 * size.candidates), Double(dimension))
    return 8 * pairs * order + 2 * rows * order * order + 20 * order * order * order
  }
}
