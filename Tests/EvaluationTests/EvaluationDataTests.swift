import Artifacts
import CandidateIndex
import Glibc
import Interactions
import Kernels
import MetricTable
import SystemFiles
import Tables
import TestKit
import Testing
import TwoTower

@testable import Evaluation

@Suite("Evaluation data")
struct EvaluationDataTests {
  private static func vocabularies(_ users: [String], _ films: [String], query: String = "user") -> Vocabularies {
    Vocabularies(
      query: Vocabulary(column: query, interactions: TextColumn(users)),
      candidate: Vocabulary(column: "film", interactions: TextColumn(films)))
  }

  private static let model = {
    let initial = Model(
      initialising: vocabularies(["ann", "ben"], ["Alien", "Brazil", "Casablanca"]), dimension: 4, seed: 1)
    var recipe = SoftmaxRecipe()
    recipe.loss = .inBatch
    return Model(
      vocabularies: initial.vocabularies, queries: initial.queries, candidates: initial.candidates,
      recipe: Recipe(recipe))
  }()

  private func interactions(_ rows: [(String, String)], query: String = "user", previous: String? = nil) -> Interactions
  {
    Interactions(
      columns: [
        Column(query, text: rows.map(\.0)), Column("film", text: rows.map(\.1)),
        Column("stars", integers: rows.indices.map { Int64($0 % 2) }),
      ], rows: rows.count, roles: .init(query: query, candidate: "film", previous: previous))
  }

  private func evaluated(other: Model? = nil) throws -> EvaluationData {
    try EvaluationData(
      model: Self.model, other: other,
      train: interactions([("ann", "Alien"), ("ann", "Alien"), ("ben", "Alien"), ("ben", "Dune"), ("cid", "Brazil")]),
      test: interactions([("ann", "Brazil"), ("zoe", "Casablanca"), ("ben", "Eraserhead")]),
      history: interactions([("zoe", "Alien")]))
  }

  @Test("numbers ids as the model's vocabularies do, unknown ids after them")
  func numbers() throws {
    let data = try evaluated()
    #expect(data.train.queries == [0, 0, 1, 1, 2] && data.train.candidates == [0, 0, 0, 3, 1])
    #expect(data.test.queries == [0, 3, 1] && data.test.candidates == [1, 2, 4])
    #expect(data.judged.candidateCount == 3 && data.judged.queries == [0, 1, 3])
    // ann chose Alien twice, and Dune is no candidate of the model.
    #expect(data.counts == [2, 1, 0])
    #expect(data.answers(threads: 1).bases == [.known, .known, .foldedIn])
    #expect(data.otherAnswers(threads: 1) == nil)
    let facts = data.facts(data.answers(threads: 1).bases)
    #expect(
      facts == [
        .fact("test queries", "2 known, 1 folded in from their history, 0 unknown"),
        .fact("test pairs", "3, 2 of candidates that train does not have"),
      ])
  }

  @Test("includes the candidates of a second model")
  func secondModel() throws {
    let other = Model(
      initialising: Self.vocabularies(["ann", "zoe"], ["Brazil", "Dune"]), dimension: 2, seed: 1)
    let data = try evaluated(other: other)
    #expect(data.judged.candidateCount == 4 && data.counts == [2, 1, 0, 1])
    let answers = try #require(data.otherAnswers(threads: 1))
    #expect(answers.bases == [.known, .foldedIn, .known])
  }

  @Test("refuses a second model of other columns, an empty test part and an unknown field")
  func refusals() throws {
    let other = Model(initialising: Self.vocabularies(["a"], ["b"], query: "session"), dimension: 2, seed: 1)
    #expect(
      throws: EvaluationError.otherColumns(model: "user with film", other: "session with film")
    ) { _ = try evaluated(other: other) }
    #expect(throws: DataError.self) {
      _ = try EvaluationData(model: Self.model, train: interactions([("ann", "Alien")]), test: interactions([]))
    }
    let data = try evaluated()
    let bases = data.answers(threads: 1).bases
    let error = #expect(throws: EvaluationError.self) {
      _ = try data.slices(bases, fields: ["mood"], users: nil, catalog: nil)
    }
    #expect(
      error?.description == "slices: no field \"mood\" in the test interactions, the users or the catalog; there are "
        + "\"user\", \"film\", \"stars\"")
  }

  @Test("slices by fields of users, catalog and test interactions")
  func slices() throws {
    let data = try evaluated()
    let users = Catalog(
      columns: [Column("user", text: ["zoe", "ann"]), Column("age", integers: [30, 40])], rows: 2, key: "user")
    let catalog = Catalog(
      columns: [Column("film", text: ["Brazil", "Eraserhead"]), Column("genre", text: ["satire", "horror"])], rows: 2,
      key: "film")
    let slices = try data.slices(
      data.answers(threads: 1).bases, fields: ["age", "genre", "stars"], users: users, catalog: catalog)
    #expect(slices.queries.names.suffix(2) == ["age=30", "age=40"])
    #expect(slices.pairs.names.suffix(4) == ["genre=horror", "genre=satire", "stars=0", "stars=1"])
  }

  @Test("treats the query itself as seen if queries are previous candidates")
  func itemToItem() throws {
    let model = Model(
      initialising: Self.vocabularies(["Alien", "Brazil"], ["Alien", "Brazil", "Casablanca"], query: "last"),
      dimension: 3, seed: 1)
    let data = try EvaluationData(
      model: model, train: interactions([("Alien", "Casablanca")], query: "last", previous: "last"),
      test: interactions([("Brazil", "Alien"), ("Alien", "Brazil")], query: "last", previous: "last"))
    #expect(data.judged.queries.indices.map { Array(data.judged.history($0)) } == [[0], [1]])
  }

  @Test("gives every baseline scores; recent popularity requires times")
  func baselines() throws {
    let data = try evaluated()
    for baseline in Baseline.allCases where baseline != .recentPopularity && !baseline.readsFeatures {
      let scorer = try baseline.scorer(data, seed: 1, threads: 1)
      var scores = [Float](repeating: .nan, count: 3)
      scores.withUnsafeMutableBufferPointer { scorer.score([], into: $0) }
      if baseline == .random { #expect(scores.allSatisfy { $0.isFinite }) } else { #expect(scores == [2, 1, 0]) }
    }
    #expect(throws: (any Error).self) { _ = try Baseline.recentPopularity.scorer(data, seed: 1, threads: 1) }
  }

  @Test("computes the test loss over the pairs that the model knows")
  func testLoss() throws {
    let known = NumberedPairs(queries: [0, 1, 0], candidates: [1, 2, 0])
    let loss = TestLoss(model: Self.model, batchSize: 2, seed: 3)
    let metrics = loss.metrics(known, threads: 1)
    try #require(metrics.map(\.name) == ["loss_per_batch", "loss_per_pair"])
    // Two batches of three pairs.
    #expect(abs(metrics[0].value * 2 - metrics[1].value * 3) < 1e-9 && metrics[0].value > 0)
    let unknown = known + NumberedPairs(queries: [2, 0], candidates: [0, 3])
    #expect(loss.metrics(unknown, threads: 1) == metrics)
    #expect(loss.metrics(NumberedPairs(queries: [2], candidates: [0]), threads: 1).isEmpty)
    // In one batch each pair's loss is the logarithm of a softmax over all three candidates.
    let rows = zip(known.queries, known.candidates).map { (Int($0) + 1, Int($1) + 1) }
    func product(_ query: Int, _ candidate: Int) -> Double {
      zip(Self.model.queries.row(query), Self.model.candidates.row(candidate)).reduce(0) { $0 + Double($1.0 * $1.1) }
    }
    let unscaled = rows.map { pair in
      let scores = rows.map { product(pair.0, $0.1) / Double(SoftmaxRecipe().temperature) }
      return naturalLogarithm(scores.reduce(0) { $0 + exp($1) })
        - product(pair.0, pair.1) / Double(SoftmaxRecipe().temperature)
    }
    let whole = TestLoss(model: Self.model, batchSize: 3, seed: 3).metrics(known, threads: 1)
    #expect(abs((whole.first?.value ?? .nan) - unscaled.reduce(0, +)) < 1e-4)
  }

  @Test("accepts an index of the same model and refuses one of another")
  func index() throws {
    let scratch = try Scratch()
    let data = try evaluated()
    let model = Self.model
    try model.publish(to: scratch.file("model"), lineage: .none, summary: Summary())
    let digest = try ArtifactFile(path: scratch.file("model")).digest
    func answers(_ rows: Range<Int>) throws -> IndexAnswers {
      let path = scratch.file("index \(rows)")
      try (ExactIndex(model.candidates, rows: rows)).publish(to: path, lineage: .none)
      return try IndexAnswers(ArtifactFile(path: path), of: model, digest: digest)
    }
    let judge = Judge(data.judged, counts: data.counts, ks: [1, 3], ties: .expected, threads: 1)
    let own = data.answers(threads: 1)
    var block = JudgedBlock()
    let (part, lists) = try judge.judgePart(own, through: answers(1..<4))
    block.lists = lists
    #expect(judge.judgement(joining: [part]).metrics("m") == judge.judge(own.scores).metrics("m"))
    let metrics = judge.indexMetrics([block], resamples: 0, seed: 1)
    #expect(!metrics.isEmpty && metrics.allSatisfy { $0.difference == 0 })
    #expect(judge.judgePart(own, through: nil).lists == nil)
    let error = #expect(throws: FileError.self) { _ = try answers(1..<3) }
    #expect("\(error.map { $0.cause } as Any)".contains("the index has 2 candidates and the model 3"))
  }
}
