import Artifacts
package import Evaluation
package import Features
package import Interactions
package import LinearAlgebra
import StageKit
package import Tables
package import TwoTower

/// The judgement of a model in training by a validation part: its metric over held-out rows, what a query is known to
/// have chosen excluded.
///
/// What is judged is exactly what would be published: with its popularity, and without the rows that training does not
/// reach.
package struct Validation {
  private let metric: MetricAtK
  private let judged: JudgedQueries
  private let judge: Judge
  private let rows: (queries: [EmbeddingRow], candidates: [EmbeddingRow])
  private let trained: TrainedRows?
  private let popularity: PopularityBias?
  private let threads: Int
  /// The distinct contexts that queries are asked in, if they are.
  private let contexts: SparseMatrix?

  /// - Parameters:
  ///   - held: the validation part.
  ///   - known: what its queries chose beside the training pairs, if that is given.
  ///   - trained: the rows that the published model will have; nil for all.
  ///   - contextFeatures: of the training's query tower, if it reads the context.
  /// - Throws: where the part is empty, or a column is missing.
  package init(
    _ metric: MetricAtK, held validation: Interactions, known: Interactions?, _ vocabularies: Vocabularies,
    _ pairs: TrainingPairs, trained: TrainedRows?, popularity: PopularityBias?, contextFeatures: FeatureSet? = nil,
    threads: Int
  ) throws {
    var queries = IDMap(vocabularies.query)
    var candidates = IDMap(vocabularies.candidate)
    let held = NumberedPairs(
      queries: queries.numbers(of: try validation.text(vocabularies.query.column)),
      candidates: candidates.numbers(of: try validation.text(vocabularies.candidate.column)))
    guard !held.queries.isEmpty else { throw DataError.noRows("validation") }
    let train = NumberedPairs(
      queries: try pairs.queries.map { ($0.number() as QueryNumber?)?.value ?? -1 },
      candidates: try pairs.candidates.map { ($0.number() as CandidateNumber?)?.value ?? -1 })
    var history = NumberedPairs(queries: [], candidates: [])
    let keepsOrder = known?.roles.timestamp != nil
    if let known {
      history = NumberedPairs(
        queries: queries.numbers(of: try known.text(vocabularies.query.column)),
        candidates: candidates.numbers(of: try known.text(vocabularies.candidate.column)))
      if keepsOrder { history = history.selecting(try known.oldestFirst()) }
    }
    let alone = JudgedQueries(
      test: held, train: train, history: history, keepsOrder: keepsOrder, queryCount: queries.count,
      candidateCount: candidates.known)
    let contexts = try contextFeatures.map { try EncodedContexts($0, of: validation) }
    self.init(
      metric, contexts.map { alone.inContexts($0.numbers, of: held) } ?? alone, contexts: contexts?.matrix,
      counts: train.counts(candidateCount: candidates.known), queryRows: queries.rows(of: vocabularies.query),
      candidateRows: candidates.rows(of: vocabularies.candidate).prefix(candidates.known), trained: trained,
      popularity: popularity, threads: threads)
  }

  /// - Parameters:
  ///   - contexts: the encoding of the contexts of judged queries, if they are asked in some.
  ///   - counts: training pairs of each candidate.
  ///   - queryRows, candidateRows: of the training, by number.
  ///   - trained: the rows that the published model will have; nil for all.
  package init(
    _ metric: MetricAtK, _ judged: JudgedQueries, contexts: SparseMatrix? = nil, counts: [Int32],
    queryRows: [EmbeddingRow],
    candidateRows: some Collection<EmbeddingRow>, trained: TrainedRows?, popularity: PopularityBias?, threads: Int
  ) {
    self.metric = metric
    self.judged = judged
    self.contexts = contexts
    self.trained = trained
    self.popularity = popularity
    self.threads = threads
    judge = Judge(judged, counts: counts, ks: [metric.k], ties: .expected, threads: threads)
    // A row that the published model will not have is unknown here too.
    let renumbered = trained?.renumbered
    rows = (
      queries: queryRows.map { renumbered?.queries[Int($0.index)] ?? $0 },
      candidates: candidateRows.map { renumbered?.candidates[Int($0.index)] ?? $0 }
    )
  }

  /// The metric of a model over all rows of the training; more is better.
  ///
  /// - Throws: `ModelTrainingError.nothingToJudge`.
  package func callAsFunction(_ model: Model) throws -> Double { try estimate(model).value }

  /// The metric of a model, and its standard error over the queries.
  ///
  /// - Throws: `ModelTrainingError.nothingToJudge`.
  package func estimate(_ model: Model) throws -> Estimate {
    try estimate(of: judgement(ofPublished: trained.map { model.keeping($0) } ?? model))
  }

  /// The judgement of a model over the rows that the published model will have, yet without popularity.
  package func judgement(ofPublished model: Model) -> Judgement {
    let judgedModel = popularity?.added(to: model, trained) ?? model
    let answers = ModelAnswers(
      judgedModel, judged, queryRows: rows.queries, candidateRows: rows.candidates,
      contexts: contexts.flatMap { QueryContexts(judgedModel, $0, rows: (judged.contexts ?? []).map { Int($0) }) },
      threads: threads)
    return judge.judge(answers.scores)
  }

  /// - Throws: `ModelTrainingError.nothingToJudge`.
  package func estimate(of judgement: Judgement) throws -> Estimate {
    guard let estimate = judgement.estimate(metric.measure, .excluded, k: metric.k) else {
      throw ModelTrainingError.nothingToJudge(metric: metric.name)
    }
    return estimate
  }

  /// The lead of a judgement over another.
  ///
  /// - Throws: `ModelTrainingError.nothingToJudge`.
  package func difference(of judgement: Judgement, from other: Judgement) throws -> Estimate {
    guard let difference = judgement.difference(from: other, metric.measure, .excluded, k: metric.k) else {
      throw ModelTrainingError.nothingToJudge(metric: metric.name)
    }
    return difference
  }
}
