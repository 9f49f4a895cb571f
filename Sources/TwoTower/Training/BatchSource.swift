import Kernels
import RandomNumbers
package import Tables

/// Cuts shuffled pairs into batches, and makes each when training asks for it.
///
/// What a batch holds depends on the seed, its number and, where pairs are shuffled anew or negatives drawn, the epoch;
/// so a training that goes on in the middle sees the same batches.
package final class BatchSource {
  /// The settings of batches; the same settings and pairs give the same batches.
  package struct Settings: Sendable {
    package var batchSize = 8192
    package var seed: UInt64 = 42
    /// `true` for another order in every epoch; `false` keeps the batches, as the tutorial's `shuffle`, `batch`,
    /// `cache`.
    package var reshuffles = false
    package var uniformNegatives = 0
    /// `true` if all competing candidates are in every batch, for the full softmax.
    package var hasCatalog = false
    package var masksPositives = false
    /// The folder of scratch files, if pairs are not kept in memory.
    package var folder: String?
    /// The number of pairs above which the order of an epoch is computed, not drawn.
    package var drawnPairs = PairOrder.drawnPairs
    /// The rating of each pair, `nan` for one without; `nil` where nothing learns from ratings.
    package var ratings: [Float]?

    package init() {}
  }

  /// A batch, with the positives that are no negatives of it.
  package struct Prepared: Sendable {
    package var batch: Batch
    package var positives: MaskedColumns?
    package var rated: RatedPairs?
  }

  /// The number of pairs whose batches are kept for the next epoch, about 40 MB.
  static let cachedPairs = 1 << 20

  package let count: Int
  package let pairCount: Int
  private let pairs: TrainingPairs
  private let settings: Settings
  private let queryRows: Int
  private let contexts: QueriesInContext?
  /// Rows of the candidates that are negatives without a pair in the batch.
  private let competing: [EmbeddingRow]
  private var history: PositiveHistory?
  private var shuffled: (epoch: Int, order: PairOrder, pairs: ShuffledPairs)?
  private var kept: [Prepared?]

  /// - Parameters:
  ///   - contexts: the queries in contexts that the pairs have in place of rows of the vocabulary, if they do.
  ///   - competing: rows of the candidates that are negatives, by `hasCatalog` or drawn.
  package init(
    _ pairs: TrainingPairs, queryRows: Int, contexts: QueriesInContext? = nil, competing: [EmbeddingRow],
    settings: Settings
  ) {
    self.pairs = pairs
    self.settings = settings
    self.queryRows = queryRows
    self.contexts = contexts
    self.competing = competing
    pairCount = pairs.count
    count = (pairs.count + settings.batchSize - 1) / settings.batchSize
    kept = [Prepared?](repeating: nil, count: count)
  }

  /// Batches as they are, for values known pair by pair.
  package init(_ batches: [Batch]) {
    pairs = TrainingPairs(queries: [], candidates: [])
    settings = Settings()
    queryRows = 0
    contexts = nil
    competing = []
    count = batches.count
    pairCount = batches.reduce(0) { $0 + $1.count }
    kept = batches.map { Prepared(batch: $0) }
  }

  private var isSameEveryEpoch: Bool { !settings.reshuffles && settings.uniformNegatives == 0 }

  /// - Parameters: from 0.
  package func batch(_ number: Int, epoch: Int) throws -> Prepared {
    if let prepared = kept[number] { return prepared }
    let start = number * settings.batchSize
    let range = start..<min(start + settings.batchSize, pairCount)
    let chosen = try read(range, epoch: epoch)
    let batch = Batch(
      queries: chosen.pairs.map(\.query), candidates: chosen.pairs.map(\.candidate),
      weights: chosen.weights.map { Array($0) }, negatives: uniformNegatives(batch: number, epoch: epoch),
      catalog: settings.hasCatalog ? competing : nil)
    let rated = ratings(range).map { RatedPairs(batch, pairs: chosen.pairs, ratings: $0) }
    let prepared = Prepared(batch: batch, positives: try positives(of: batch), rated: rated)
    if isSameEveryEpoch, pairCount <= Self.cachedPairs { kept[number] = prepared }
    return prepared
  }

  private func positives(of batch: Batch) throws -> MaskedColumns? {
    guard settings.masksPositives else { return nil }
    let known = try history ?? PositiveHistory(pairs, queryRows: queryRows, contexts: contexts)
    history = known
    return MaskedColumns(batch, history: known)
  }

  private func read(
    _ range: Range<Int>, epoch: Int
  ) throws -> (pairs: ArraySlice<Pair>, weights: ArraySlice<Float>?) {
    let wanted = settings.reshuffles ? epoch : 0
    if shuffled?.epoch != wanted {
      // Let go of the old order first.
      shuffled = nil
      let order = PairOrder(
        count: pairCount, seed: settings.seed, epoch: wanted, drawnPairs: settings.drawnPairs)
      shuffled = (
        wanted, order, try ShuffledPairs(pairs, order: order, batchSize: settings.batchSize, folder: settings.folder)
      )
    }
    guard let chosen = try shuffled?.pairs.read(range, of: pairs) else { preconditionFailure("no order of pairs") }
    return chosen
  }

  /// The ratings of the pairs at some places of the order that was read last.
  private func ratings(_ places: Range<Int>) -> [Float]? {
    guard let ratings = settings.ratings, let order = shuffled?.order else { return nil }
    return places.map { ratings[order[$0]] }
  }

  private func uniformNegatives(batch: Int, epoch: Int) -> [EmbeddingRow] {
    guard settings.uniformNegatives > 0, !competing.isEmpty else { return [] }
    var random = RandomGenerator(seed: settings.seed, stream: "negatives of batch \(batch) in epoch \(epoch)")
    return (0..<settings.uniformNegatives).map { _ in competing[Int(random.below(UInt64(competing.count)))] }
  }
}
