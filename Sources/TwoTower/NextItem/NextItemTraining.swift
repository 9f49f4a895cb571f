package import Interactions
package import Kernels
import Tables

/// Training of the next candidate after a history: a full softmax at every position of every query's choices, with a
/// `HistoryTower` for queries and embeddings of their own for candidates, all at unit length, by Adam over batches of
/// consecutive positions.
///
/// The target is never in its own history, which ends before it; an earlier choice of the same candidate is.
package final class NextItemTraining: Training {
  /// The settings of a training.
  package struct Settings: Sendable {
    package var bags = [HistoryBag(decay: 0.8, last: 30), HistoryBag(decay: nil, last: 100)]
    package var temperature: Float = 0.2
    package var learningRate = 0.01
    /// Positions in a batch.
    package var batchSize = 4096
    /// The probability that a choice is left out of the histories of an epoch.
    package var historyDropout = 0.2
    package var length = TrainingLength(epochs: 5)
    package var seed: UInt64 = 42
    package var threads = 1

    package init() {}
  }

  package let vocabularies: Vocabularies
  package let settings: Settings
  package let towers: [TrainedTower]
  package var progress = TrainingProgress()
  package private(set) var lastStep: TrainingStep?
  package var best: [Matrix]?
  package var trained: TrainedRows?
  private let histories: HistoryTower
  private let candidates: EmbeddingTower
  private let optimizers: (histories: [Optimizer], candidates: Optimizer)
  private let batches: PositionBatches
  private var epoch: (number: Int, tower: HistoryTower, order: [PositionBatches.Run])?

  /// - Parameters:
  ///   - pairs: all of them are kept in memory.
  ///   - times: of each pair; of equal times, the later pair is the newer.
  /// - Throws: `DataError.noPrevious` if no query has two pairs.
  package init(
    _ vocabularies: Vocabularies, pairs: TrainingPairs, times: [Double], dimension: Int, settings: Settings
  ) throws {
    self.vocabularies = vocabularies
    self.settings = settings
    let sequences = ChosenSequences(
      queries: try pairs.queries, candidates: try pairs.candidates, times: times,
      queryCount: vocabularies.query.values.count)
    batches = PositionBatches(
      sequences, batchSize: settings.batchSize, historyDropout: settings.historyDropout, seed: settings.seed)
    guard batches.positionCount > 0 else { throw DataError.noPrevious(query: vocabularies.query.column) }
    func table(_ stream: String) -> Matrix {
      .initialEmbeddings(vocabularies.candidate.rows, dimension, seed: settings.seed, stream: stream)
    }
    histories = HistoryTower(
      settings.bags, tables: settings.bags.indices.map { table("history embeddings \($0)") }, sequences: sequences)
    candidates = EmbeddingTower(.candidate, table("candidate embeddings"))
    optimizers = (
      histories.parameters.map { Optimizer(.adam, table: $0.matrix) },
      Optimizer(.adam, table: candidates.parameters[0].matrix)
    )
    towers = [
      TrainedTower(.query, histories, memory: optimizers.histories.map(\.memory)),
      TrainedTower(.candidate, candidates, memory: [optimizers.candidates.memory]),
    ]
  }

  package var pairCount: Int { batches.positionCount }
  package func description(ofLoss loss: String) -> String { "loss \(loss) a batch" }
  package var length: TrainingLength { settings.length }
  package var stepsPerEpoch: Int { batches.count }
  package var optimizerName: String { NextItemRecipe.name }
  package var dataDescription: String {
    "\(pairCount) positions with a history, in \(stepsPerEpoch) batches"
  }

  package func finished(_ towers: [any Tower]) -> Model {
    let rows = [EmbeddingRow.unknown] + (0..<batches.sequences.queryCount).map { batches.sequences.lastRow(query: $0) }
    var recipe = Recipe(NextItemRecipe(temperature: settings.temperature))
    recipe.history = settings.bags
    return Model(
      vocabularies: vocabularies, queries: unitVectors(of: towers[0], rows).matrix,
      candidates: unitVectors(of: towers[1], towers[1].allRows).matrix,
      historyTables: towers[0].parameters.map { $0.matrix.copy() }, recipe: recipe)
  }

  private func unitVectors(of tower: any Tower, _ rows: [EmbeddingRow], factor: Float = 1) -> ScaledVectors {
    ScaledVectors(tower.vectors(of: rows, threads: settings.threads), isNormalised: true, factor: factor)
  }

  /// The tower without the choices that an epoch leaves out, and the order of its runs.
  private func prepared() -> (number: Int, tower: HistoryTower, order: [PositionBatches.Run]) {
    if let epoch, epoch.number == progress.epoch { return epoch }
    let found = (
      number: progress.epoch, tower: histories.keeping(batches.kept(epoch: progress.epoch)),
      order: batches.order(epoch: progress.epoch)
    )
    epoch = found
    return found
  }

  package func advance() throws -> Double {
    let (_, tower, order) = prepared()
    let runs = batches.batch(progress.batch, of: order)
    progress.step += 1
    var (rows, targets) = ([EmbeddingRow](), [EmbeddingRow]())
    for run in runs {
      // A position whose history is left out as a whole says nothing.
      for position in run.positions where tower.hasHistory(query: run.query, position: position) {
        rows.append(batches.sequences.row(query: run.query, position: position))
        targets.append(batches.sequences.candidate(query: run.query, position))
      }
    }
    lastStep = nil
    guard !rows.isEmpty else { return 0 }
    let batch = Batch(
      queries: rows, candidates: targets, catalog: EmbeddingRow.known(of: vocabularies.candidate.rows))
    let loss = step(batch, tower)
    progress.pairs += batch.count
    lastStep = TrainingStep(
      lossPerPair: loss / Double(batch.count), learningRate: settings.learningRate, pairs: batch.count)
    return loss
  }

  private func step(_ batch: Batch, _ tower: HistoryTower) -> Double {
    let threads = settings.threads
    let queries = unitVectors(of: tower, batch.queries.rows, factor: 1 / settings.temperature)
    let targets = unitVectors(of: candidates, batch.candidates.rows)
    let outcome = SampledSoftmax(
      batch, queries: queries.matrix, candidates: targets.matrix,
      copies: [Float](repeating: 1, count: batch.candidates.rows.count), threads: threads
    ).run(threads: threads)
    queries.pullBack(outcome.queries, threads: threads)
    targets.pullBack(outcome.candidates, threads: threads)
    let gradients =
      tower.pullBack(outcome.queries, of: batch.queries.rows, occurrences: batch.queries.counts, threads: threads)
      + candidates.pullBack(
        outcome.candidates, of: batch.candidates.rows, occurrences: batch.candidates.counts, threads: threads)
    let steps = zip(optimizers.histories + [optimizers.candidates], gradients).map { optimizer, gradients in
      ParameterStep(
        optimizer, gradients, Regularization(), learningRate: settings.learningRate,
        step: progress.step + progress.earlierSteps, threads: threads)
    }
    ParameterStep.take(steps, clipNorm: nil, threads: threads)
    return outcome.loss
  }

  package func finishedEpoch() -> TrainingEpoch {
    TrainingEpoch(
      lossPerBatch: progress.loss / Double(stepsPerEpoch), lossPerPair: progress.loss / Double(pairCount),
      accuracies: [])
  }
}
