import Interactions
import TwoTower

/// Popularity in the newest part of training, which becomes one more dimension of both towers.
struct RecencyBias {
  /// Training pairs of each candidate row in the newest part.
  let counts: [Double]
  let weight: Float

  /// - Parameters:
  ///   - rows: of the interactions that the training pairs are.
  ///   - candidates: rows in the vocabulary of those pairs, in the same order.
  /// - Throws: where a part of training is asked for and the data has no times.
  init(
    _ control: ControlOptions, _ train: Interactions, rows: [Int], candidates: [Int32], candidateRows: Int
  ) throws {
    weight = Float(control.recencyWeight)
    var newest = Array(rows.indices)
    if control.recencyShare < 1 {
      guard train.roles.timestamp != nil else { throw DataError.noRole("timestamp", wantedFor: "--recency-share") }
      let times = try train.times()
      newest.sort { (times[rows[$0]], $0) < (times[rows[$1]], $1) }
      newest.removeFirst(newest.count - max(Int(Double(newest.count) * control.recencyShare), 1))
    }
    var counts = [Double](repeating: 0, count: candidateRows)
    for pair in newest { counts[Int(candidates[pair])] += 1 }
    self.counts = counts
  }

  func added(to model: Model) -> Model { model.addingBias(counts: counts, weight: weight) }
}
