package import Interactions
import Tables
package import TwoTower

/// Popularity in the newest part of training, which becomes one more dimension of both towers: the bias of the
/// candidates, and the answer for unknown queries.
package struct PopularityBias {
  /// Queries of each candidate row in the newest part of training.
  let counts: [Double]
  let weight: Float

  /// - Parameters:
  ///   - chosen: with the rows, where a part of training is asked for; 32 bytes a pair are needed then.
  ///   - memory: bytes of pairs that may stand in memory otherwise.
  /// - Returns: nil where unknown queries are answered by the untrained row.
  /// - Throws: where a part of training is asked for and the data has no times.
  package init?(
    _ options: UnknownQueryOptions, _ train: InteractionFile, _ chosen: PositivePairs, candidateRows: Int, memory: Int
  ) throws {
    guard options.unknownQuery == .popularity else { return nil }
    weight = Float(options.recencyWeight)
    guard options.recencyShare < 1 else {
      counts = try chosen.pairs.queryCounts(rows: candidateRows, memory: memory).map { Double($0) }
      return
    }
    guard train.roles.timestamp != nil else { throw DataError.noRole("timestamp", neededFor: "--recency-share") }
    let (times, rows) = (try train.times(), chosen.rows)
    let (queries, candidates) = (try chosen.pairs.queries, try chosen.pairs.candidates)
    var newest = Array(rows.indices)
    newest.sort { (times[rows[$0]], $0) < (times[rows[$1]], $1) }
    newest.removeFirst(newest.count - max(Int(Double(newest.count) * options.recencyShare), 1))
    var counts = [Double](repeating: 0, count: candidateRows)
    let pairs = Pair.distinct(newest.lazy.map { Pair(query: queries[$0], candidate: candidates[$0]) })
    for pair in pairs { counts[Int(pair.candidate.index)] += 1 }
    self.counts = counts
  }

  /// - Parameter trained: the rows that the model has, of those that were counted; nil if it has them all.
  package func added(to model: Model, _ trained: TrainedRows? = nil) -> Model {
    let counts = trained.map { rows in self.counts.indices.filter { rows.candidates[$0] }.map { self.counts[$0] } }
    return model.addingBias(counts: counts ?? self.counts, weight: weight)
  }
}
