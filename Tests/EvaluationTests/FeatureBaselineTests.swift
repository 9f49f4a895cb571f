import Features
import Glibc
import Interactions
import LinearAlgebra
import MetricTable
import Tables
import TestKit
import Testing
import TwoTower

@testable import Evaluation

@Suite("Baselines by features")
struct FeatureBaselineTests {
  /// Four candidates: a has x and y, b has x, c has y and z, d has nothing; all but d have w.
  private let features = CandidateFeatures(
    SparseMatrix(
      columnCount: 4,
      rows: [
        [(0, 0.5), (1, 0.5), (3, 1)], [(0, 1), (3, 1)], [(1, 0.5), (2, 0.5), (3, 1)], [],
      ]))

  private func scores(_ baseline: some HistoryScores, _ history: [Int32], count: Int = 4) -> [Float] {
    var scores = [Float](repeating: .nan, count: count)
    scores.withUnsafeMutableBufferPointer { baseline.score(([-1] + history)[1...], into: $0) }
    return scores
  }

  @Test("the popularity of features is the mean over a candidate's values of the mean over the candidates of train")
  func popularity() {
    // x: (6 + 2) / 2 = 4; y: 6, since c is new; z: of c alone, so that it says nothing; w: (6 + 2) / 2 = 4.
    let baseline = FeaturePopularity(features, counts: [6, 2, 0, 0])
    #expect(scores(baseline, [0]) == [14.0 / 3, 4, 5, 0])
    #expect(baseline.sharedScores == scores(baseline, []))
    #expect(scores(FeaturePopularity(features, counts: [0, 0, 0, 0]), []) == [0, 0, 0, 0])
  }

  @Test("content-kNN sums tf-idf cosines with the history, without the candidate's own")
  func contentKNN() {
    // Of three described candidates two have x, two y and one z: idf ln 1.5, ln 1.5 and ln 3, and that of w is 0.
    let (often, rare) = (log(1.5), log(3.0))
    let lengthOfC = (often * often + rare * rare).squareRoot()
    let (ab, ac) = (1 / 2.0.squareRoot(), often / 2.0.squareRoot() / lengthOfC)
    let baseline = ContentKNN(features, counts: [6, 2, 0, 0])
    func expect(_ history: [Int32], _ wanted: [Double]) {
      for (found, wanted) in zip(scores(baseline, history), wanted) {
        #expect(abs(Double(found) - wanted) < 1e-6, "\(history)")
      }
    }
    expect([0], [0, ab, ac, 0])
    expect([1], [ab, 0, 0, 0])
    expect([0, 1, 2, 3], [ab + ac, ab, ac, 0])
    expect([3], [0, 0, 0, 0])
    #expect(scores(baseline, []) == scores(FeaturePopularity(features, counts: [6, 2, 0, 0]), []))
    #expect(baseline.sharedScores == nil)
  }

  private static func model(_ candidates: [String]) -> Model {
    Model(
      initialising: Vocabularies(
        query: Vocabulary(column: "user", interactions: TextColumn(["ann", "ben"])),
        candidate: Vocabulary(column: "film", interactions: TextColumn(candidates))), dimension: 2, seed: 1)
  }

  private func encoded(_ films: [String], _ genres: [String]) throws -> EncodedVocabulary {
    let table = Table(
      "catalog", rows: films.count, columns: [Column("film", text: films), Column("genre", text: genres)])
    let things = DescribedThings(
      table, name: "the catalog", keys: try #require(table.text("film")), things: Strings(films))
    let features = try FeatureSet(["genre"], of: things)
    return EncodedVocabulary(features, matrix: try EncodedFeatures(features, of: things).matrix)
  }

  @Test("take the candidates of both models by name, and no others")
  func candidates() throws {
    let films = Vocabulary(column: "film", interactions: TextColumn(["Alien", "Brazil", "Casablanca", "Dune"]))
    let encoded = try encoded(["Alien", "Brazil", "Casablanca", "Dune"], ["horror", "satire", "romance", "horror"])
    let found = try CandidateFeatures(
      encoded, of: films, model: Self.model(["Brazil", "Eraserhead"]), other: Self.model(["Alien", "Brazil"]))
    // Brazil, Eraserhead, which vocabularies lack, and Alien; horror, romance and satire are the columns.
    #expect((0..<3).map { Array(found.matrix.row($0)) } == [[2], [], [0]])
    #expect(found.valueCount == 2)
    let books = Vocabulary(column: "book", interactions: TextColumn(["Emma"]))
    #expect(throws: EvaluationError.otherCandidates(model: "film", features: "book")) {
      _ = try CandidateFeatures(encoded, of: books, model: Self.model(["Brazil"]), other: nil)
    }
  }

  @Test("find a new candidate that is like the history, where the popularity of all candidates finds nothing")
  func new() throws {
    func interactions(_ rows: [(String, String)]) -> Interactions {
      Interactions(
        columns: [Column("user", text: rows.map(\.0)), Column("film", text: rows.map(\.1))], rows: rows.count,
        roles: .init(query: "user", candidate: "film"))
    }
    let names = ["Alien", "Brazil", "Casablanca", "Dune", "Eraserhead"]
    let model = Self.model(names)
    let films = Vocabulary(column: "film", interactions: TextColumn(names))
    let features = try CandidateFeatures(
      encoded(names, ["horror", "satire", "romance", "romance", "horror"]), of: films, model: model, other: nil)
    let data = try EvaluationData(
      model: model, train: interactions([("ann", "Alien"), ("ben", "Brazil"), ("ben", "Casablanca")]),
      test: interactions([("ann", "Eraserhead"), ("ben", "Dune")]))
    let judge = Judge(data.judged, counts: data.counts, ks: [1], ties: .expected, newOnly: true, threads: 1)
    func auc(_ baseline: Baseline) throws -> Double? {
      let scorer = try baseline.scorer(data, features: features, seed: 1, threads: 1)
      return judge.judge(scorer).metrics("m").first { $0.name == "auc" && $0.seenProtocol == "seen-excluded" }?.value
    }
    #expect(try auc(.contentKNN) == 1)
    #expect(try auc(.popularity) == 0.5)
    // Both genres have one train pair.
    #expect(try auc(.featurePopularity) == 0.5)
    #expect(throws: EvaluationError.noFeatures) { _ = try Baseline.contentKNN.scorer(data, seed: 1, threads: 1) }
  }

  @Test("auto stands for them where candidates have features and they cost little")
  func plan() throws {
    func plan(_ values: Int, queries: Int = 943, _ choices: [BaselineChoice] = [.auto]) -> BaselinePlan {
      var sizes = EvaluationSizes(
        queries: queries, candidates: 1682, dimension: 64, pairs: 80_000, cooccurrences: 8_000_000, history: 80_000)
      sizes.featureValues = values
      return BaselinePlan(choices, gate: .popularity, sizes: sizes)
    }
    #expect(!plan(0).chosen.contains { $0.readsFeatures } && plan(0).leftOut.isEmpty)
    #expect(plan(4000).chosen == Baseline.allCases)
    let costly = plan(2_000_000, queries: 10_000)
    #expect(costly.leftOut == [.contentKNN])
    #expect(try costly.notes(available: nil)[0].hasPrefix("content-knn left out: 1682 candidates would take about "))
    #expect(plan(0, [.named(.contentKNN)]).chosen == [.contentKNN])
  }
}
