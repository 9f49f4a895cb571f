import RandomNumbers
import Tables

/// The positions that a training of the next candidate goes through: runs of consecutive positions of a query, in an
/// order drawn anew in every epoch, and cut into batches.
///
/// What a batch holds depends on the seed, its number and the epoch alone, so that a training that goes on sees the same.
struct PositionBatches {
  /// Consecutive positions of a query, each with at least one choice before it and one to predict.
  struct Run {
    let query: Int
    let positions: Range<Int>
  }

  /// Positions of a run: many share what a recurrence costs, and few leave batches mixed.
  static let runLength = 64

  let sequences: ChosenSequences
  let batchSize: Int
  let historyDropout: Double
  let seed: UInt64
  private let runs: [Run]
  /// Positions of all runs.
  let positionCount: Int

  init(_ sequences: ChosenSequences, batchSize: Int, historyDropout: Double, seed: UInt64) {
    self.sequences = sequences
    self.batchSize = batchSize
    self.historyDropout = historyDropout
    self.seed = seed
    runs = (0..<sequences.queryCount).flatMap { query in
      stride(from: 1, to: sequences.length(query), by: Self.runLength).map { first in
        Run(query: query, positions: first..<min(first + Self.runLength, sequences.length(query)))
      }
    }
    positionCount = runs.reduce(0) { $0 + $1.positions.count }
  }

  var count: Int { (positionCount + batchSize - 1) / batchSize }

  /// The choices that histories have in an epoch: each is left out with the probability `historyDropout`.
  func kept(epoch: Int) -> [Bool] {
    var random = RandomGenerator(seed: seed, stream: "histories of epoch \(epoch)")
    return sequences.candidates.map { _ in Double(random.uniform()) >= historyDropout }
  }

  /// The runs of an epoch's batches, in their order.
  func order(epoch: Int) -> [Run] {
    var random = RandomGenerator(seed: seed, stream: "runs of epoch \(epoch)")
    return random.permutation(runs.count).map { runs[Int($0)] }
  }

  /// The runs of one batch; those at its ends may be parts.
  ///
  /// - Parameter order: of the epoch.
  func batch(_ number: Int, of order: [Run]) -> [Run] {
    let wanted = number * batchSize..<min((number + 1) * batchSize, positionCount)
    var (batch, start) = ([Run](), 0)
    for run in order {
      let own = start..<start + run.positions.count
      start = own.upperBound
      let common = own.clamped(to: wanted)
      guard !common.isEmpty else { continue }
      let first = run.positions.lowerBound + common.lowerBound - own.lowerBound
      batch.append(Run(query: run.query, positions: first..<first + common.count))
    }
    return batch
  }
}
