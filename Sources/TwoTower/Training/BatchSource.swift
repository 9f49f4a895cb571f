import Kernels

/// Cuts shuffled pairs into batches, and makes each when it is wanted.
///
/// What a batch holds depends on the seed, its number and, where pairs are shuffled anew or negatives drawn, the epoch;
/// so a training that goes on in the middle sees the same batches.
package final class BatchSource {
  package struct Settings: Sendable {
    package var batchSize = 8192
    package var seed: UInt64 = 42
    /// In every epoch another order; otherwise batches stay the same, as the tutorial's `shuffle`, `batch`, `cache`.
    package var reshuffles = false
    package var uniformNegatives = 0
    /// All rows that are candidates in every batch, for the full softmax.
    package var catalog: Range<Int32>?
    package var masksPositives = false

    package init() {}
  }

  package struct Prepared: Sendable {
    package var batch: Batch
    package var positives: MaskedColumns?
  }

  /// Batches of so many pairs together are kept for the next epoch.
  static let cachedPairs = 4 << 20

  package let count: Int
  package let pairCount: Int
  private let pairs: TrainingPairs
  private let settings: Settings
  private let candidateRows: Int
  private let history: PositiveHistory?
  private var order: (epoch: Int, rows: [Int])?
  private var kept: [Prepared?]

  package init(_ pairs: TrainingPairs, queryRows: Int, candidateRows: Int, settings: Settings) {
    self.pairs = pairs
    self.settings = settings
    self.candidateRows = candidateRows
    pairCount = pairs.count
    count = (pairs.count + settings.batchSize - 1) / settings.batchSize
    kept = [Prepared?](repeating: nil, count: count)
    history =
      settings.masksPositives
      ? PositiveHistory(queries: pairs.queries, candidates: pairs.candidates, queryRows: queryRows) : nil
  }

  /// Batches as they are, for what is known pair by pair.
  package init(_ batches: [Batch]) {
    pairs = TrainingPairs(queries: [], candidates: [])
    settings = Settings()
    candidateRows = 0
    history = nil
    count = batches.count
    pairCount = batches.reduce(0) { $0 + $1.count }
    kept = batches.map { Prepared(batch: $0) }
  }

  private var isSameEveryEpoch: Bool { !settings.reshuffles && settings.uniformNegatives == 0 }

  /// - Parameters: from 0.
  package func batch(_ number: Int, epoch: Int) -> Prepared {
    if let prepared = kept[number] { return prepared }
    let all = rows(epoch: epoch)
    let start = number * settings.batchSize
    let rows = all[start..<min(start + settings.batchSize, all.count)]
    let batch = Batch(
      queries: rows.map { pairs.queries[$0] }, candidates: rows.map { pairs.candidates[$0] },
      weights: pairs.weights.map { weights in rows.map { weights[$0] } },
      negatives: uniformNegatives(batch: number, epoch: epoch), catalog: settings.catalog)
    let prepared = Prepared(batch: batch, positives: history.map { MaskedColumns(batch, history: $0) })
    if isSameEveryEpoch, pairCount <= Self.cachedPairs { kept[number] = prepared }
    return prepared
  }

  private func rows(epoch: Int) -> [Int] {
    let wanted = settings.reshuffles ? epoch : 0
    if let order, order.epoch == wanted { return order.rows }
    // Let go of the old order first.
    order = nil
    var random = RandomGenerator(
      seed: settings.seed, stream: wanted == 0 ? "batches" : "batches of epoch \(wanted)")
    let rows = random.permutation(pairs.count)
    order = (wanted, rows)
    return rows
  }

  private func uniformNegatives(batch: Int, epoch: Int) -> [Int32] {
    guard settings.uniformNegatives > 0, candidateRows > 1 else { return [] }
    var random = RandomGenerator(seed: settings.seed, stream: "negatives of batch \(batch) in epoch \(epoch)")
    return (0..<settings.uniformNegatives).map { _ in Int32(1 + random.below(UInt64(candidateRows - 1))) }
  }
}
