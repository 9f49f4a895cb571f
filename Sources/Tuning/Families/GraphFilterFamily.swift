import CanonicalJSON
import ModelTraining
import TwoTower

/// A filter of the graph of interactions. It is seldom the best alone, and ranks differently from models that are
/// learnt by gradients or least squares, so that it adds most to them.
struct GraphFilterFamily: ModelFamily {
  var start: [String: JSON] {
    params(
      dimension: JSON(GraphFilterMethod.dimension), power: .number(GraphFilter.Settings().power),
      segmentLength: Segments.start)
  }
  var axes: Int { 3 }
  var checkpoints: [Int] { [4, 8, 12] }
  var paramsByTimes: Set<String> { [Segments.param] }

  func params(at point: [Double]) -> [String: JSON] {
    params(
      dimension: Axis.choice(point[1], [64, 128, 256]), power: Axis.logarithmic(point[0], 0.5, 2),
      segmentLength: Segments.length(point[2]))
  }

  private func params(dimension: JSON, power: JSON, segmentLength: JSON) -> [String: JSON] {
    ["objective": "graph-filter", "dimension": dimension, "filter-power": power, Segments.param: segmentLength]
  }

  /// Products with the interactions, Gram matrices and their use.
  func operations(_ size: DataSize, _ params: [String: JSON]) -> Double {
    let (pairs, rows) = (Double(size.pairs), Double(size.queries + 3 * size.candidates))
    let order = Double(DataSize.dimension(params))
    return 8 * pairs * order + 2 * rows * order * order + 20 * order * order * order
  }
}
