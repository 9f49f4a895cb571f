import Kernels

/// Trains both towers in place by gradients, batch by batch, and remembers the losses.
package final class Trainer: Training {
  package struct Settings: Sendable {
    package var objective = Objective()
    package var epochs = 3
    package var batchSize = 8192
    package var reshuffles = false
    package var optimizer = Optimizer.Kind.adagrad
    package var learningRate: Float = 0.1
    package var schedule = Schedule.Shape.constant
    package var warmUp = 0
    package var regularization = Regularization()
    package var weightDecay: Float = 0
    /// The gradients of both tables together are scaled down to this length (Keras' `global_clipnorm`).
    package var clipNorm: Float?
    package var seed: UInt64 = 42
    package var threads = 1
    /// Top-k accuracies of each batch before its step, against all candidates, as Keras' `fit` prints them.
    package var accuracyAt: [Int] = []
    /// Of scratch files, where pairs are not kept in memory; TMPDIR if not given.
    package var scratchFolder: String?
    /// Epochs without a better validation value before training stops; nil trains to the end.
    package var patience: Int?
    /// After how many epochs training ends, though the schedule is of all of them; nil trains to the end.
    package var lastEpoch: Int?

    package init() {}
  }

  /// What one epoch showed.
  package struct Epoch: Sendable, Equatable {
    /// The mean over batches of the batch's summed loss, which is what `fit` shows.
    package var lossPerBatch: Double
    /// Nats.
    package var lossPerPair: Double
    package var accuracies: [Double]
    /// What the validation measured after the epoch.
    package var validation: Double?
  }

  /// What one step showed.
  package struct Step: Sendable, Equatable {
    /// Nats, before the step.
    package var lossPerPair: Double
    package var learningRate: Double
    package var pairs: Int
  }

  package enum Failure: Error, CustomStringConvertible {
    case diverged(epoch: Int)

    package var description: String {
      switch self {
      case .diverged(let epoch): "the loss is not a number in epoch \(epoch); set a lower learning-rate"
      }
    }
  }

  /// What is heard while training runs.
  package struct Listener {
    /// After each epoch, numbered from 1.
    package var epoch: (Int, Epoch) throws -> Void = { _, _ in }
    /// After each batch, with the share of the whole training that is done; the place for a checkpoint.
    package var batch: (any Training) throws -> Void = { _ in }
    /// Judges the model after an epoch; more is better.
    package var validation: ((Model) throws -> Double)?

    package init() {}
  }

  /// How far training is: everything but the tables that the next step depends on.
  package struct Progress: Sendable, Equatable {
    package var epoch = 0
    package var batch = 0
    package var step = 0
    package var pairs = 0
    /// Of the running epoch.
    package var loss = 0.0
    package var hits: [Int] = []
    package var epochs: [Epoch] = []
    package var bestEpoch: Int?
    /// Steps of the trainings that this one went on from, as far as their optimizer's memory is still there.
    package var earlierSteps = 0
  }

  /// Whose tables are trained in place.
  package let model: Model
  package let settings: Settings
  package let queryTower: Tower
  package let candidateTower: Tower
  package let queryOptimizer: Optimizer
  package let candidateOptimizer: Optimizer
  package var progress = Progress()
  package private(set) var lastStep: Step?
  /// Tables of the epoch with the best validation value.
  package var best: (queries: Matrix, candidates: Matrix)?
  package var trained: TrainedRows?
  var probabilities: SamplingProbabilities?
  private let source: BatchSource
  private let schedule: Schedule

  package convenience init(_ model: Model, queries: [Int32], candidates: [Int32], settings: Settings) {
    self.init(model, pairs: TrainingPairs(queries: queries, candidates: candidates), settings: settings)
  }

  /// - Parameter model: whose tables are trained in place.
  package convenience init(_ model: Model, pairs: TrainingPairs, settings: Settings) {
    var cutting = BatchSource.Settings()
    cutting.batchSize = settings.batchSize
    cutting.seed = settings.seed
    cutting.reshuffles = settings.reshuffles
    cutting.uniformNegatives = settings.objective.uniformNegatives
    cutting.catalog = settings.objective.negatives == .all ? 1..<Int32(model.candidates.rows) : nil
    cutting.masksPositives = settings.objective.masksPositives
    cutting.folder = settings.scratchFolder
    let source = BatchSource(
      pairs, queryRows: model.queries.rows, candidateRows: model.candidates.rows, settings: cutting)
    self.init(model, source: source, pairs: pairs, settings: settings)
  }

  package convenience init(_ model: Model, batches: [Batch], settings: Settings) {
    self.init(
      model, source: BatchSource(batches), pairs: TrainingPairs(queries: [], candidates: []), settings: settings)
  }

  private init(_ model: Model, source: BatchSource, pairs: TrainingPairs, settings: Settings) {
    self.model = model
    self.source = source
    self.settings = settings
    let normalisation = settings.objective.normalisation
    queryTower = Tower(model.queries, isNormalised: normalisation == .both)
    candidateTower = Tower(model.candidates, isNormalised: normalisation != .none)
    queryOptimizer = Optimizer(settings.optimizer, table: model.queries, weightDecay: settings.weightDecay)
    candidateOptimizer = Optimizer(settings.optimizer, table: model.candidates, weightDecay: settings.weightDecay)
    probabilities = settings.objective.correction.map {
      SamplingProbabilities($0, pairs: pairs, candidateRows: model.candidates.rows)
    }
    schedule = Schedule(
      settings.schedule, learningRate: Double(settings.learningRate), warmUp: settings.warmUp,
      steps: settings.epochs * source.count)
    progress.hits = settings.accuracyAt.map { _ in 0 }
  }

  package var batchCount: Int { source.count }
  package var pairCount: Int { source.pairCount }

  /// As the first epoch has it.
  func batch(_ number: Int) throws -> BatchSource.Prepared { try source.batch(number, epoch: 0) }

  package var epochCount: Int { settings.epochs }
  package var patience: Int? { settings.patience }
  package var lastEpoch: Int? { settings.lastEpoch }
  package var stepsPerEpoch: Int { source.count }
  package var method: String { settings.optimizer.rawValue }
  package var sides: [TrainedSide] {
    [
      TrainedSide("query", queryOptimizer.table, memory: queryOptimizer.memory),
      TrainedSide("candidate", candidateOptimizer.table, memory: candidateOptimizer.memory),
    ]
  }

  package func finished(queries: Matrix, candidates: Matrix) -> Model {
    Model(
      vocabularies: model.vocabularies, queries: Tower(queries, isNormalised: queryTower.isNormalised).output,
      candidates: Tower(candidates, isNormalised: candidateTower.isNormalised).output,
      recipe: Recipe(settings.objective, settings.regularization))
  }

  package func advance() throws -> Double {
    let prepared = try source.batch(progress.batch, epoch: progress.epoch)
    if !progress.hits.isEmpty { countHits(in: prepared.batch) }
    return step(prepared.batch, positives: prepared.positives)
  }

  package func finishedEpoch() -> Epoch {
    Epoch(
      lossPerBatch: progress.loss / Double(source.count), lossPerPair: progress.loss / Double(source.pairCount),
      accuracies: progress.hits.map { Double($0) / Double(source.pairCount) })
  }

  /// One step on one batch; gives its summed loss before the step.
  @discardableResult
  package func step(_ batch: Batch, positives: MaskedColumns? = nil) -> Double {
    let objective = settings.objective
    let rate = schedule.rate(at: progress.step)
    progress.step += 1
    let queries = queryTower.vectors(of: batch.queries.rows, factor: 1 / objective.temperature)
    let candidates = candidateTower.vectors(of: batch.candidates.rows)
    let corrections =
      objective.negatives == .all
      ? nil : probabilities?.corrections(of: batch, seen: progress.pairs, uniform: objective.uniformNegatives)
    let softmax = SampledSoftmax(
      batch, queries: queries.matrix, candidates: candidates.matrix,
      copies: objective.negatives == .all ? [Float](repeating: 1, count: batch.candidates.rows.count) : nil,
      corrections: corrections,
      masks: SampledSoftmax.Masks(accidentalHits: objective.removesAccidentalHits, positives: positives),
      hardNegatives: objective.hardNegatives, threads: settings.threads)
    let steps = progress.step + progress.earlierSteps
    let ways = [
      Descent(queryTower, queryOptimizer, batch.queries, queries, settings, rate: rate, step: steps),
      Descent(candidateTower, candidateOptimizer, batch.candidates, candidates, settings, rate: rate, step: steps),
    ]
    let (down, across) = (ways[0], ways[1])
    let loss = softmax.run(threads: settings.threads) { row, gradient in
      down.take(row, gradient)
    } candidateGradient: { row, gradient in
      across.take(row, gradient)
    }
    progress.pairs += batch.count
    lastStep = Step(lossPerPair: loss / Double(batch.count), learningRate: rate, pairs: batch.count)
    if let limit = settings.clipNorm { Descent.clip(ways, to: limit, threads: settings.threads) }
    return loss
  }

  private func countHits(in batch: Batch) {
    let ranks = PairRanks(model: current, batch: batch, threads: settings.threads)
    for pair in 0..<ranks.greater.count {
      for (place, k) in settings.accuracyAt.enumerated() where Int(ranks.greater[pair]) < k {
        progress.hits[place] += Int(batch.queries.partnerCounts[pair])
      }
    }
  }
}
