package import Interactions
package import Kernels
package import Tables

/// Training by gradients of a sampled or full softmax, batch by batch; both towers are trained in place.
package final class Trainer: Training {
  /// The settings of a training.
  package struct Settings: Sendable {
    package var objective = SoftmaxObjective()
    package var length = TrainingLength(epochs: 3)
    package var batchSize = 8192
    package var reshuffles = false
    package var optimizer = Optimizer.Kind.adagrad
    package var learningRate: Float = 0.1
    /// The learning rate of dense layers; that of all else if not given.
    package var layerLearningRate: Float?
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
    /// Rows of the candidates that are negatives of the full softmax, or are drawn evenly; all if not given. Where
    /// candidates share parameters, one without pairs would pull at those of the others.
    package var competing: [EmbeddingRow]?
    /// The folder of scratch files, if pairs are not kept in memory; TMPDIR if not given.
    package var scratchFolder: String?
    /// The rating head to train beside the softmax, if there is one.
    package var rating: RatingTask?

    package init() {}
  }

  package let vocabularies: Vocabularies
  package let settings: Settings
  package let towers: [TrainedTower]
  package var progress = TrainingProgress()
  package private(set) var lastStep: TrainingStep?
  package var best: [Matrix]?
  package var trained: TrainedRows?
  let probabilities: SamplingProbabilities?
  private let source: BatchSource
  private let schedule: Schedule
  /// The optimizers by tower, and within it by parameter table.
  private let optimizers: [[Optimizer]]
  /// The optimizers of the rating head's layers.
  let headOptimizers: [Optimizer]
  /// The queries in contexts that batches have in place of rows of the vocabulary; `nil` for a query tower without context.
  var queriesInContext: QueriesInContext? { towers[0].tower.queriesInContext }
  /// `true` for towers whose vectors have unit length.
  private let isNormalised: [Bool]

  /// Creates a training of two embedding towers.
  ///
  /// - Parameter model: whose tables are trained in place.
  package convenience init(_ model: Model, pairs: TrainingPairs, settings: Settings) {
    self.init(
      model.vocabularies, queryTower: EmbeddingTower(.query, model.queries),
      candidateTower: EmbeddingTower(.candidate, model.candidates), pairs: pairs, settings: settings)
  }

  /// - Parameters:
  ///   - queryTower, candidateTower: of the vocabularies' rows and of one dimension; trained in place.
  ///   - pairs: rows of the towers, or queries in contexts where the query tower has these (`QueriesInContext.pairs`).
  package convenience init(
    _ vocabularies: Vocabularies, queryTower: any Tower, candidateTower: any Tower, pairs: TrainingPairs,
    settings: Settings
  ) {
    var cutting = BatchSource.Settings()
    cutting.batchSize = settings.batchSize
    cutting.seed = settings.seed
    cutting.reshuffles = settings.reshuffles
    cutting.uniformNegatives = settings.objective.uniformNegatives
    cutting.hasCatalog = settings.objective.negatives == .all
    cutting.masksPositives = settings.objective.masksPositives
    cutting.folder = settings.scratchFolder
    cutting.ratings = settings.rating?.ratings
    let source = BatchSource(
      pairs, queryRows: queryTower.rowCount, contexts: queryTower.queriesInContext,
      competing: settings.competing ?? Array(EmbeddingRow.known(of: candidateTower.rowCount)), settings: cutting)
    self.init(
      vocabularies, queryTower: queryTower, candidateTower: candidateTower, source: source, pairs: pairs,
      settings: settings)
  }

  /// Creates a training of two embedding towers on batches as they are.
  package convenience init(_ model: Model, batches: [Batch], settings: Settings) {
    self.init(
      model.vocabularies, queryTower: EmbeddingTower(.query, model.queries),
      candidateTower: EmbeddingTower(.candidate, model.candidates), source: BatchSource(batches),
      pairs: TrainingPairs(queries: [], candidates: []), settings: settings)
  }

  private init(
    _ vocabularies: Vocabularies, queryTower: any Tower, candidateTower: any Tower, source: BatchSource,
    pairs: TrainingPairs, settings: Settings
  ) {
    precondition(
      queryTower.dimension == candidateTower.dimension,
      "towers of \(queryTower.dimension) and \(candidateTower.dimension) dimensions")
    self.vocabularies = vocabularies
    self.source = source
    self.settings = settings
    let normalisation = settings.objective.normalisation
    isNormalised = [normalisation == .both, normalisation != .none]
    func optimizers(_ parameters: [ParameterTable]) -> [Optimizer] {
      parameters.map { Optimizer(settings.optimizer, table: $0.matrix, weightDecay: settings.weightDecay) }
    }
    let towers = [queryTower, candidateTower]
    self.optimizers = towers.map { optimizers($0.parameters) }
    headOptimizers = optimizers(settings.rating?.head.parameters ?? [])
    self.towers = zip(TowerSide.allCases, zip(towers, self.optimizers)).map {
      TrainedTower($0, $1.0, memory: $1.1.map(\.memory))
    }
    probabilities =
      settings.objective.correctsSampling ? SamplingProbabilities(pairs, candidateRows: candidateTower.rowCount) : nil
    schedule = Schedule(
      settings.schedule, learningRate: Double(settings.learningRate), warmUp: settings.warmUp,
      steps: settings.length.epochs * source.count)
    progress.hits = settings.accuracyAt.map { _ in 0 }
    progress.tasks = settings.rating.map { _ in TaskSums() }
  }

  package var batchCount: Int { source.count }
  package var pairCount: Int { source.pairCount }

  /// Returns a batch as the first epoch has it.
  func batch(_ number: Int) throws -> BatchSource.Prepared { try source.batch(number, epoch: 0) }

  package var accuracyAt: [Int] { settings.accuracyAt }
  package func auditLines() throws -> [String] { try Audit(self).lines }
  package func description(ofLoss loss: String) -> String { "loss \(loss) a batch" }
  package var head: TrainedHead? {
    settings.rating.map { TrainedHead(head: $0.head, memory: headOptimizers.map(\.memory)) }
  }
  package var length: TrainingLength { settings.length }
  package var stepsPerEpoch: Int { source.count }
  package var optimizerName: String { settings.optimizer.rawValue }
  package var dataDescription: String {
    "\(pairCount) pairs in \(batchCount) batches"
      + (queriesInContext.map { ", \($0.count) queries in contexts" } ?? "")
      + towers.map { side in side.tower.layerShape.map { ", \(side.side.rawValue) tower \($0)" } ?? "" }.joined()
      + (settings.rating.map { ", \($0.description)" } ?? "")
  }

  package func finished(_ towers: [any Tower]) -> Model {
    let vectors = towers.indices.map { place in
      isNormalised[place]
        ? ScaledVectors(towers[place].vocabularyVectors(threads: settings.threads), isNormalised: true).matrix
        : towers[place].allVectors(threads: settings.threads)
    }
    var model = Model(
      vocabularies: vocabularies, queries: vectors[0], candidates: vectors[1],
      recipe: Recipe(SoftmaxRecipe(settings.objective, settings.regularization)))
    for (place, side) in TowerSide.allCases.enumerated() {
      model.features[side] = towers[place].features(isNormalised: isNormalised[place])
    }
    model.context = towers[0].contexts(isNormalised: isNormalised[0], threads: settings.threads)
    return model
  }

  private func scored(
    _ tower: any Tower, _ place: Int, _ rows: [EmbeddingRow], factor: Float = 1
  ) -> ScaledVectors {
    ScaledVectors(
      tower.vectors(of: rows, threads: settings.threads), isNormalised: isNormalised[place], factor: factor)
  }

  /// Vectors of the batch's queries and candidates, as they are scored; the temperature is the queries'.
  ///
  /// - Parameter running: the towers of the running step; those after training if not given.
  func vectors(of batch: Batch, temperature: Float, _ running: [any Tower]? = nil) -> [ScaledVectors] {
    let running = running ?? towers.map(\.tower)
    return [
      scored(running[0], 0, batch.queries.rows, factor: 1 / temperature),
      scored(running[1], 1, batch.candidates.rows),
    ]
  }

  package func advance() throws -> Double {
    let prepared = try source.batch(progress.batch, epoch: progress.epoch)
    if !progress.hits.isEmpty { countHits(in: prepared.batch) }
    return step(prepared.batch, positives: prepared.positives, rated: prepared.rated)
  }

  package func finishedEpoch() -> TrainingEpoch {
    TrainingEpoch(
      lossPerBatch: progress.loss / Double(source.count), lossPerPair: progress.loss / Double(source.pairCount),
      accuracies: progress.hits.map { Double($0) / Double(source.pairCount) },
      tasks: settings.rating.flatMap { progress.tasks?.losses(batches: source.count, of: $0) })
  }

  /// Takes a step on one batch; returns its loss before the step, which is the summed softmax where there is no rating head.
  @discardableResult
  package func step(_ batch: Batch, positives: MaskedColumns? = nil, rated: RatedPairs? = nil) -> Double {
    let rate = schedule.rate(at: progress.step)
    progress.step += 1
    let number = progress.step + progress.earlierSteps
    let running = towers.map { $0.tower.inTraining(step: number) }
    let vectors = vectors(of: batch, temperature: settings.objective.temperature, running)
    let outcome = outcome(of: batch, vectors, positives, rated)
    let steps = zip([outcome.queries, outcome.candidates], [batch.queries, batch.candidates]).enumerated().flatMap {
      place, side in
      vectors[place].pullBack(side.0, threads: settings.threads)
      let gradients = running[place].pullBack(
        side.0, of: side.1.rows, occurrences: side.1.counts, threads: settings.threads)
      return zip(zip(optimizers[place], towers[place].tower.parameters), gradients).map { trained, gradients in
        let (optimizer, table) = trained
        return ParameterStep(
          optimizer, gradients, table.isLayer ? Regularization() : settings.regularization,
          learningRate: table.isLayer ? rate * layerFactor : rate, step: number, threads: settings.threads)
      }
    }
    ParameterStep.take(
      steps + headSteps(outcome.head, rate: rate, number: number), clipNorm: settings.clipNorm,
      threads: settings.threads)
    progress.pairs += batch.count
    lastStep = TrainingStep(lossPerPair: outcome.loss / Double(batch.count), learningRate: rate, pairs: batch.count)
    return outcome.loss
  }

  /// The summed softmax of a batch, and its gradients.
  func softmax(_ batch: Batch, _ vectors: [ScaledVectors], _ positives: MaskedColumns?) -> SampledSoftmax.Outcome {
    let objective = settings.objective
    let corrections =
      objective.negatives == .all
      ? nil : probabilities?.corrections(of: batch, uniform: objective.uniformNegatives)
    let softmax = SampledSoftmax(
      batch, queries: vectors[0].matrix, candidates: vectors[1].matrix,
      copies: objective.negatives == .all ? [Float](repeating: 1, count: batch.candidates.rows.count) : nil,
      corrections: corrections,
      masks: SampledSoftmax.Masks(accidentalHits: objective.removesAccidentalHits, positives: positives),
      hardNegatives: objective.hardNegatives, threads: settings.threads)
    return softmax.run(threads: settings.threads)
  }

  /// The learning rate of dense layers as a multiple of all else's.
  private var layerFactor: Double {
    settings.layerLearningRate.map { Double($0) / Double(settings.learningRate) } ?? 1
  }

  private func countHits(in batch: Batch) {
    let ranks = PairRanks(
      model: current, batch: batch,
      queries: queriesInContext == nil ? nil : scored(towers[0].tower, 0, batch.queries.rows).matrix,
      threads: settings.threads)
    for pair in 0..<ranks.greater.count {
      for (place, k) in settings.accuracyAt.enumerated() where Int(ranks.greater[pair]) < k {
        progress.hits[place] += Int(batch.queries.partnerCounts[pair])
      }
    }
  }
}
