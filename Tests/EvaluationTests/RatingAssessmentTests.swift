import Artifacts
import Interactions
import Kernels
import MetricTable
import Tables
import Testing

@testable import Evaluation
@testable import TwoTower

@Suite("Predicted ratings, judged")
struct RatingAssessmentTests {
  /// A model of one dimension whose head adds the query's number and the candidate's.
  private static func model(head: String? = "stars") -> Model {
    func vocabulary(_ column: String, _ values: [String]) -> Vocabulary {
      Vocabulary(column: column, interactions: TextColumn(values))
    }
    var model = Model(
      vocabularies: Vocabularies(
        query: vocabulary("user", ["ann", "ben"]), candidate: vocabulary("film", ["Alien", "Brazil"])),
      queries: Matrix(rows: 3, columns: 1, values: [9, 1, 2]),
      candidates: Matrix(rows: 3, columns: 1, values: [9, 1, 3]))
    model.rating = head.map {
      let sum = Matrix(rows: 3, columns: 1, values: [1, 1, 0])
      return RatingHead($0, layers: DenseLayers(DenseLayers.Form(), matrices: [sum]))
    }
    return model
  }

  private static func interactions(_ rows: [(String, String, Double?)]) -> Interactions {
    Interactions(
      columns: [
        Column("user", text: rows.map(\.0)), Column("film", text: rows.map(\.1)), Column("stars", reals: rows.map(\.2)),
      ], rows: rows.count, roles: .init(query: "user", candidate: "film"))
  }

  private static let train = interactions([("ann", "Alien", 2), ("ben", "Alien", 4), ("ben", "Brazil", nil)])
  private static let test = interactions([
    ("ann", "Brazil", 5), ("ben", "Brazil", 3), ("ben", "Alien", 3), ("ann", "Alien", nil), ("zoe", "Alien", 1),
    ("ann", "Casablanca", 1),
  ])

  private func assessment(
    _ model: Model = model(), train: Interactions = train, test: Interactions = test, resamples: Int = 0,
    threads: Int = 1
  ) throws -> RatingAssessment? {
    try RatingAssessment(
      EvaluationData(model: model, train: train, test: test), resamples: resamples, seed: 5, threads: threads)
  }

  @Test("have errors beside those of the training mean and the candidate's, over what the model knows")
  func errors() throws {
    let assessment = try #require(try assessment())
    // Predicted are 4, 5 and 3 for 5, 3 and 3; the mean of all is 3, Alien's too, and Brazil has none.
    let values = Dictionary(
      uniqueKeysWithValues: assessment.metrics.map { ("\($0.model) \($0.name)", ($0.value * 1e6).rounded() / 1e6) })
    #expect(
      values == [
        "two-tower rmse": 1.290994, "two-tower mae": 1, "training-mean rmse": 1.154701, "training-mean mae": 0.666667,
        "candidate-mean rmse": 1.154701, "candidate-mean mae": 0.666667,
      ])
    #expect(assessment.metrics.allSatisfy { $0.interval == nil && $0.k == nil && $0.slice == "all" })
    #expect(
      assessment.items.first
        == .fact(
          "test ratings",
          "3 of stars are predicted; 2 of queries or candidates that the model does not know, and 1 test pairs without "
            + "one, are left out"))
  }

  @Test("have intervals over queries, the same on any number of threads")
  func intervals() throws {
    let assessment = try #require(try assessment(resamples: 200))
    for metric in assessment.metrics {
      let interval = try #require(metric.interval)
      #expect(interval.low <= metric.value && metric.value <= interval.high)
      // Both queries have the same mean absolute error.
      #expect((interval.low == interval.high) == (metric.model == "two-tower" && metric.name == "mae"))
    }
    #expect(try self.assessment(resamples: 200, threads: 3)?.metrics == assessment.metrics)
  }

  @Test("stand in a table of their own, and only the model's beside the retrieval metrics")
  func summary() throws {
    let assessment = try #require(try assessment())
    let metrics = Metrics(
      rows: [
        Metric(model: "two-tower", seenProtocol: "seen-included", name: "recall", k: 20, ties: "expected", value: 0.5)
      ] + assessment.metrics, ratings: assessment.items)
    var tables: [String: [String]] = [:]
    for case .table(let title, let columns, _) in MetricsSummary(metrics).summary.items { tables[title] = columns }
    #expect(tables["metrics"] == ["metric", "protocol", "ties", "two-tower"])
    #expect(tables["ratings, less is better"]?.first == "predictor")
  }

  @Test("are none without a head, and need the column of the head in both parts")
  func refusals() throws {
    #expect(try assessment(Self.model(head: nil)) == nil)
    #expect {
      _ = try self.assessment(Self.model(head: "rating"))
    } throws: { "\($0)".contains("no column \"rating\" of the expected kind in interactions; there are \"stars\"") }
    let unknown = try #require(try assessment(test: Self.interactions([("zoe", "Alien", 3)])))
    #expect(unknown.metrics.isEmpty && unknown.items.count == 1)
  }
}
