package import Artifacts
import DisplayText
import Features
import Interactions
import Kernels
package import MetricTable
import Tables
import TwoTower

/// The ratings that a model's head predicts, judged by those of the test pairs whose query and candidate the model knows,
/// beside baselines. Less is better.
package struct RatingAssessment: Sendable {
  package let metrics: [Metric]
  /// A fact about the judged ratings and a table of the errors, for people.
  package let items: [Summary.Item]
  /// The models' names that are no columns beside the retrieval metrics.
  static let baselines = Set(RatingBaseline.allCases.map(\.rawValue))
  /// The name of the metric that tells most.
  static let headline = RatingErrors.Measure.rmse.rawValue

  /// - Parameter resamples: 0 for no intervals.
  /// - Returns: `nil` for a model without a rating head.
  /// - Throws: `DataError` if a part lacks the column that the head predicts.
  package init?(_ data: EvaluationData, resamples: Int, seed: UInt64, threads: Int) throws {
    guard let head = data.model.rating else { return nil }
    let rated = try RatedTestPairs(data, column: head.column)
    guard !rated.ratings.isEmpty else {
      (metrics, items) = ([], [rated.fact])
      return
    }
    let predictions = rated.predictions(of: head, data, threads: threads)
    let training = try data.trainInteractions.possibleNumbers(head.column)
    let predictors =
      [RatingErrors.Predictor(name: "two-tower", predictions: predictions)]
      + RatingBaseline.allCases.map {
        RatingErrors.Predictor(
          name: $0.rawValue,
          predictions: $0.predictions(for: rated.candidates, ratings: training, rated: data.train.candidates))
      }
    let errors = RatingErrors(
      predictors, ratings: rated.ratings, queries: rated.queries, queryCount: data.judged.count,
      resampling: Resampling(count: resamples, seed: seed, threads: threads))
    metrics = predictors.enumerated().flatMap { number, predictor in
      RatingErrors.Measure.allCases.map { measure in
        Metric(
          model: predictor.name, seenProtocol: SeenProtocol.included.rawValue, name: measure.rawValue, k: nil,
          ties: "none",
          value: errors.value(number, measure), interval: errors.interval(number, measure))
      }
    }
    items = [rated.fact, Self.table(predictors.map(\.name), errors)]
  }

  private static func table(_ names: [String], _ errors: RatingErrors) -> Summary.Item {
    .table(
      title: "ratings, less is better",
      columns: ["predictor", "RMSE", "95 % interval", "above two-tower", "95 % interval", "MAE", "95 % interval"],
      rows: names.enumerated().map { number, name in
        let lead = errors.value(number, .rmse) - errors.value(0, .rmse)
        return [
          name, decimals(errors.value(number, .rmse), 4), text(errors.interval(number, .rmse)),
          number == 0 ? "" : decimals(lead, 4), number == 0 ? "" : text(errors.intervalOfLead(over: number, .rmse)),
          decimals(errors.value(number, .mae), 4), text(errors.interval(number, .mae)),
        ]
      })
  }

  private static func text(_ interval: Interval?) -> String {
    interval.map { "\(decimals($0.low, 4)) to \(decimals($0.high, 4))" } ?? ""
  }
}

/// The test pairs that a rating head can be judged by.
private struct RatedTestPairs {
  private(set) var ratings: [Double] = []
  /// The place of each pair's query among the judged.
  private(set) var queries: [Int] = []
  private(set) var candidates: [Int32] = []
  /// Rows of the model's tables.
  private(set) var rows: [(query: Int, candidate: Int)] = []
  /// The row of each pair in the test interactions.
  private var testRows: [Int] = []
  let fact: Summary.Item

  init(_ data: EvaluationData, column: String) throws {
    let all = try data.testInteractions.possibleNumbers(column)
    let known = data.model.vocabularies
    // A query that was asked in several contexts stands at its first: intervals draw queries.
    let places = Dictionary(data.judged.queries.enumerated().map { ($1, $0) }) { first, _ in first }
    var unknown = 0
    for (row, rating) in all.enumerated() {
      guard let rating else { continue }
      let (query, candidate) = (data.test.queries[row], data.test.candidates[row])
      guard Int(query) < known.query.values.count, Int(candidate) < known.candidate.values.count,
        let place = places[query]
      else {
        unknown += 1
        continue
      }
      ratings.append(rating)
      queries.append(place)
      candidates.append(candidate)
      rows.append((Int(QueryNumber(query).row.index), Int(CandidateNumber(candidate).row.index)))
      testRows.append(row)
    }
    let without = all.count - ratings.count - unknown
    fact = .fact(
      "test ratings",
      "\(ratings.count) of \(column) are predicted; \(unknown) of queries or candidates that the model does not know"
        + (without > 0 ? ", and \(without) test pairs without one," : "") + " are left out")
  }

  /// Pairs whose query vectors are in memory at once.
  private static let chunk = 65_536

  /// A prediction for each pair, in the context of its row where the model reads such.
  func predictions(of head: RatingHead, _ data: EvaluationData, threads: Int) -> [Float] {
    let model = data.model
    guard let contexts = data.testContexts, let towers = ContextualQueries(model) else {
      return head.predictions(queries: model.queries, candidates: model.candidates, pairs: rows, threads: threads)
    }
    return stride(from: 0, to: rows.count, by: Self.chunk).flatMap { start in
      let part = start..<min(start + Self.chunk, rows.count)
      let vectors = towers.vectors(
        of: part.map { EmbeddingRow(index: rows[$0].query) }, contexts.matrix,
        contexts: part.map { Int(contexts.numbers[testRows[$0]]) }, threads: threads)
      return head.predictions(
        queries: vectors, candidates: model.candidates,
        pairs: part.map { (query: $0 - start, candidate: rows[$0].candidate) }, threads: threads)
    }
  }
}
