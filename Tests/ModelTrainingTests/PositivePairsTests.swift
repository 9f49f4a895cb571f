import ArgumentParser
import Artifacts
import Glibc
import Interactions
import Tables
import TestKit
import Testing
import TwoTower

@testable import ModelTraining

@Suite("Training positives")
struct PositivePairsTests {
  private let scratch: Scratch
  private let file: InteractionFile
  private let vocabularies: Vocabularies

  init() throws {
    scratch = try Scratch()
    let day: Int64 = 86_400
    let interactions = Interactions(
      columns: [
        Column("user", text: ["ann", "ann", "ben", "zoe", "ben"]),
        Column("film", text: ["Alien", "Brazil", "Alien", "Alien", "Brazil"]),
        Column("stars", reals: [5, 2, 4, 5, 3]), Column("mark", integers: [9, nil, 7, 3, 1]),
        Column("none", reals: [nil, nil, nil, 2, nil]), Column("time", integers: [0, day, 2 * day, 2 * day, 4 * day]),
      ], rows: 5,
      roles: .init(query: "user", candidate: "film", timestamp: "time", weight: "stars"))
    try interactions.publish(to: scratch.file("train.tandem"), lineage: .none)
    file = try InteractionFile(ArtifactFile(path: scratch.file("train.tandem"), type: Interactions.type))
    vocabularies = Vocabularies(
      query: Vocabulary(column: "user", interactions: TextColumn(["ann", "ben"])),
      candidate: Vocabulary(column: "film", interactions: TextColumn(["Alien", "Brazil"])))
  }

  private func positives(
    _ threshold: [String] = [], sampleWeight: String? = nil, scale: WeightScale = .linear, rating: RatingColumn? = nil,
    memory: Int = 1 << 20
  ) throws -> PositivePairs {
    try PositivePairs(
      file, vocabularies, ThresholdOptions.parse(threshold), sampleWeight: sampleWeight, scale: scale, rating: rating,
      memory: memory, folder: scratch.path, keepingRows: true)
  }

  @Test("are all rows whose query and candidate are in the vocabularies")
  func all() throws {
    let positives = try positives()
    #expect(positives.rows == [0, 1, 2, 4])
    #expect(try positives.pairs.queries.map(\.index) == [1, 1, 2, 2])
    #expect(try positives.pairs.candidates.map(\.index) == [1, 2, 1, 2])
    #expect(
      positives.left == "every pair a positive whatever its rating; 1 name what the vocabularies lack, left out")
  }

  @Test("are the rows at or above the threshold, if one is given")
  func threshold() throws {
    let positives = try positives(["--threshold=4"])
    #expect(positives.rows == [0, 2])
    #expect(positives.left.hasPrefix("2 below the threshold left out"))
    #expect(throws: DataError.self) { _ = try self.positives(["--threshold=6"]) }
  }

  @Test("have the weights of a column")
  func weights() throws {
    #expect(try positives(sampleWeight: "stars").pairs.weights == [5, 2, 4, 3])
  }

  @Test("have the ratings of a column, and stay without one unless ratings alone are learnt")
  func ratings() throws {
    let beside = try positives(rating: RatingColumn(name: "mark", isAlone: false))
    #expect(beside.rows == [0, 1, 2, 4])
    #expect(beside.ratings.map { $0.map { $0.isNaN ? 0 : $0 } } == [9, 0, 7, 1])
    let alone = try positives(rating: RatingColumn(name: "mark", isAlone: true))
    #expect(alone.rows == [0, 2, 4] && alone.ratings == [9, 7, 1])
    #expect(alone.left.hasSuffix("; 1 without a rating left out"))
    #expect(try positives().ratings == nil)
  }

  @Test("need a column of numbers with some rating of the pairs", arguments: [true, false])
  func noRatings(isAlone: Bool) throws {
    #expect(throws: ModelTrainingError.noRatings(column: "none")) {
      _ = try positives(rating: RatingColumn(name: "none", isAlone: isAlone))
    }
    for column in ["user", "rating"] {
      #expect {
        _ = try positives(rating: RatingColumn(name: column, isAlone: isAlone))
      } throws: {
        "\($0)".contains("no column \"\(column)\" of the expected kind in interactions; there are \"stars\"")
      }
    }
  }

  @Test(
    "have logarithms of counts over the mean of their query's, in memory and in a scratch file",
    arguments: [1 << 20, 1])
  func logarithmicWeights(memory: Int) throws {
    let weights = try #require(
      try positives(sampleWeight: "stars", scale: .logarithmic, memory: memory).pairs.weights)
    let logarithms: [Double] = [6, 3, 5, 4].map { Glibc.log($0) }
    let (ann, ben) = ((logarithms[0] + logarithms[1]) / 2, (logarithms[2] + logarithms[3]) / 2)
    let wanted = zip(logarithms, [ann, ann, ben, ben]).map { $0 / $1 }
    #expect(zip(weights, wanted).allSatisfy { abs(Double($0) - $1) < 1e-6 } && weights.count == 4)
  }

  @Test("have no scale of weights without weights")
  func scaleAlone() {
    #expect(throws: (any Error).self) { try PairWeightOptions.parse(["--sample-weight-scale=logarithmic"]) }
  }

  @Test("count popularity in distinct queries, within the newest share of train if one is given")
  func popularity() throws {
    let positives = try positives()
    func counts(_ arguments: String...) throws -> [Double]? {
      try PopularityBias(
        UnknownQueryOptions.parse(arguments), file, positives, candidateRows: vocabularies.candidate.rows,
        memory: 1 << 20)?.counts
    }
    #expect(try counts() == [0, 2, 2])
    #expect(try counts("--recency-share=0.25") == [0, 0, 1])
    #expect(try counts("--unknown-query=untrained") == nil)
  }
}
