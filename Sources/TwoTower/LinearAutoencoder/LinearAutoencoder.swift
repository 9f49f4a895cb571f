import Artifacts
package import Interactions
package import Kernels
import LinearAlgebra
import RandomNumbers
import Tables

/// Training of a linear autoencoder (ELSA; see `AutoencoderLoss`) by Adam, over batches of queries.
///
/// A candidate's vector has unit length. A query's is its bag: the sum of the vectors of what it chose, times their
/// weights. So the query tower has nothing to learn; its table is filled at the end of each epoch. The score of a pair
/// is x A Aᵀ of the paper without its − x, which touches only what the query chose: where that is excluded, the ranking
/// is the same.
///
/// A repeated pair counts once, with the greatest of its weights. Queries without pairs keep their vectors.
package final class LinearAutoencoder: Training {
  /// The settings of a training.
  package struct Settings: Sendable {
    package var length = TrainingLength(epochs: 20)
    /// Queries in a batch.
    package var batchSize = 256
    package var learningRate = 0.01
    /// The probability that an element of a query's input is left out, drawn anew in each epoch; 0 shows the whole.
    package var inputDropout = 0.35
    /// The mean number of consecutive choices in the segments that histories are cut into, drawn anew in each epoch; 0 for
    /// whole histories.
    package var segmentLength = 0
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
  /// The candidates that each query of the vocabulary chose.
  private let chosen: SparseMatrix
  private let segments: HistorySegments?
  /// Numbers of the queries that have pairs of more weight than 0.
  private let queries: [Int]
  private let optimizer: Optimizer
  private let queryTable: Matrix
  private let candidateTable: Matrix

  /// - Parameters:
  ///   - model: whose tables are trained in place; the lengths of its candidates' vectors do not matter.
  ///   - pairs: all of them are kept in memory, whatever the bound.
  ///   - times: of each pair, for settings with segments.
  package init(_ model: Model, pairs: TrainingPairs, times: [Double]? = nil, settings: Settings) throws {
    vocabularies = model.vocabularies
    self.settings = settings
    queryTable = model.queries
    candidateTable = model.candidates
    chosen = try SparseMatrix(chosenIn: pairs, of: model)
    segments = try .cutting(chosen, of: pairs, times: times, length: settings.segmentLength)
    queries = chosen.weightedRows
    optimizer = Optimizer(.adam, table: model.candidates)
    towers = [
      TrainedTower(.query, EmbeddingTower(.query, model.queries), memory: [[]]),
      TrainedTower(.candidate, EmbeddingTower(.candidate, model.candidates), memory: [optimizer.memory]),
    ]
  }

  /// The number of distinct pairs.
  package var pairCount: Int { chosen.count }
  package func description(ofLoss loss: String) -> String { "loss \(loss) a batch" }
  package var length: TrainingLength { settings.length }
  package var stepsPerEpoch: Int { (queries.count + settings.batchSize - 1) / settings.batchSize }
  package var optimizerName: String { LinearAutoencoderRecipe.name }
  package var dataDescription: String {
    "\(pairCount) distinct pairs of \(queries.count) queries in \(stepsPerEpoch) batches"
      + HistorySegments.description(length: settings.segmentLength)
  }

  package func finished(_ towers: [any Tower]) -> Model {
    Model(
      vocabularies: vocabularies, queries: towers[0].allVectors(threads: settings.threads),
      candidates: unitVectors(of: towers[1], towers[1].allRows).matrix, recipe: Recipe(LinearAutoencoderRecipe()))
  }

  private func unitVectors(of tower: any Tower, _ rows: [EmbeddingRow]) -> ScaledVectors {
    ScaledVectors(tower.vectors(of: rows, threads: settings.threads), isNormalised: true)
  }

  /// The rows of the vocabulary's candidates, in its order.
  private var candidateRows: [EmbeddingRow] { Array(EmbeddingRow.known(of: candidateTable.rows)) }

  package func advance() throws -> Double {
    if progress.step == 0, progress.earlierSteps == 0 { begin() }
    let batch = batch(progress.batch, epoch: progress.epoch)
    progress.step += 1
    let (rows, threads) = (candidateRows, settings.threads)
    let vectors = unitVectors(of: towers[1].tower, rows)
    let outcome = AutoencoderLoss(target: batch.target, input: batch.input, candidates: vectors.matrix)
      .run(threads: threads)
    vectors.pullBack(outcome.gradients, threads: threads)
    let gradients = ParameterGradients(
      rows: rows, occurrences: [Float](repeating: 1, count: rows.count), matrix: outcome.gradients)
    let step = ParameterStep(
      optimizer, gradients, Regularization(), learningRate: settings.learningRate,
      step: progress.step + progress.earlierSteps, threads: threads)
    ParameterStep.take([step], clipNorm: nil, threads: threads)
    progress.pairs += batch.target.count
    lastStep = TrainingStep(
      lossPerPair: outcome.loss / Double(batch.target.count), learningRate: settings.learningRate,
      pairs: batch.target.count)
    if progress.batch + 1 == stepsPerEpoch { fillQueries() }
    return outcome.loss
  }

  package func finishedEpoch() -> TrainingEpoch {
    TrainingEpoch(
      lossPerBatch: progress.loss / Double(max(stepsPerEpoch, 1)),
      lossPerPair: progress.loss / Double(max(pairCount, 1)), accuracies: [])
  }

  /// The targets of a batch's queries, and the part of each that is the input. They depend on the seed, the batch's number
  /// and the epoch alone, so that a training that goes on sees the same.
  func batch(_ number: Int, epoch: Int) -> (target: SparseMatrix, input: SparseMatrix) {
    var random = RandomGenerator(seed: settings.seed, stream: "queries of epoch \(epoch)")
    let order = ComputedPermutation(queries.count, from: &random)
    let places = number * settings.batchSize..<min((number + 1) * settings.batchSize, queries.count)
    let selected = places.map { queries[order[$0]] }
    let target = target(of: selected, batch: number, epoch: epoch)
    guard settings.inputDropout > 0 else { return (target, target) }
    var draws = RandomGenerator(seed: settings.seed, stream: "input of batch \(number) of epoch \(epoch)")
    return (target, target.selecting(0..<target.rowCount) { Double(draws.uniform()) >= settings.inputDropout })
  }

  private func target(of selected: [Int], batch number: Int, epoch: Int) -> SparseMatrix {
    guard let segments else { return chosen.selecting(selected) }
    var draws = RandomGenerator(seed: settings.seed, stream: "segments of batch \(number) of epoch \(epoch)")
    return segments.cut(selected, from: &draws)
  }

  /// Brings the candidates' parameters to unit length, which the first steps are measured against; rows of zero, as
  /// another method may leave them, are drawn anew, since they have no direction.
  private func begin() {
    for row in candidateRows {
      let index = Int(row.index)
      var square = candidateTable.squaredLength(row: index)
      if square == 0 {
        var random = RandomGenerator(seed: settings.seed, stream: "candidate row \(row.index)")
        for column in 0..<candidateTable.columns { candidateTable[index, column] = random.normal() }
        square = candidateTable.squaredLength(row: index)
      }
      candidateTable.scale(row: index, by: 1 / max(square.squareRoot(), ScaledVectors.leastNorm))
    }
  }

  /// Writes the bag of each query that has pairs.
  private func fillQueries() {
    chosen.writeSums(
      of: unitVectors(of: towers[1].tower, candidateRows).matrix, ofQueries: queries, to: queryTable,
      threads: settings.threads)
  }
}
