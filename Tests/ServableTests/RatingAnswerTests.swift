import Artifacts
import CandidateIndex
import CanonicalJSON
import Interactions
import Kernels
import SystemFiles
import Tables
import TestKit
import Testing

@testable import Servable
@testable import TwoTower

@Suite("A servable of a model with a rating head")
struct RatingAnswerTests {
  private static let titles = ["Alien", "Brazil", "Casablanca", "Dune"]

  /// Zoe is unknown to it, and has a history.
  private static func model(hasHead: Bool = true, hasPopularity: Bool = false) -> Model {
    var model = Model(
      initialising: Vocabularies(
        query: Vocabulary(column: "user", values: Strings(["ann", "ben"]), counts: [2, 1]),
        candidate: Vocabulary(column: "title", values: Strings(titles), counts: [1, 1, 1, 1])), dimension: 3, seed: 3)
    if hasHead { model.rating = .initial("stars", dimension: 3, hidden: [5], seed: 2) }
    return hasPopularity ? model.addingBias(counts: [0, 1, 5, 2, 3], weight: 1) : model
  }

  private func servable(_ model: Model, in scratch: Scratch) throws -> Servable {
    let seen = Interactions(
      columns: [Column("user", text: ["ann", "zoe"]), Column("title", text: ["Alien", "Dune"])], rows: 2,
      roles: .init(query: "user", candidate: "title"))
    try ServableExport(
      model: model, index: ExactIndex(model.candidates, rows: 1..<model.candidates.rows),
      catalog: Catalog(columns: [Column("title", text: Self.titles)], rows: 4, key: "title"), seen: seen
    ).publish(to: scratch.file("servable"), lineage: .none, sample: "ann")
    return try Servable(path: scratch.file("servable"))
  }

  @Test("predicts what the model predicts of each recommendation, beside a bias too", arguments: [false, true])
  func predictions(hasPopularity: Bool) throws {
    let scratch = try Scratch()
    let model = Self.model(hasPopularity: hasPopularity)
    let servable = try servable(model, in: scratch)
    #expect(servable.ratingColumn == "stars")
    for (row, query) in ["ann", "ben"].enumerated() {
      let answer = try servable.recommend(query, k: 4)
      let rows = try answer.recommendations.map {
        (query: row + 1, candidate: try #require(Self.titles.firstIndex(of: $0.candidate)) + 1)
      }
      let found = try servable.ratings(of: answer)
      #expect(rows.count == 4 && found == model.ratings(of: rows, threads: 1))
    }
  }

  @Test("predicts the same in lists of all queries, in every format, and nothing for those without training pairs")
  func lists() throws {
    let scratch = try Scratch()
    let servable = try servable(Self.model(), in: scratch)
    let request = BulkRequest(k: 3)
    for form in BulkForm.allCases {
      try servable.recommendAll(request, to: scratch.file(form.rawValue), form: form, threads: 2)
    }
    let answers = try ["ann", "ben", "zoe"].map { try servable.recommend($0, k: 3) }
    let wanted = try answers.map { try servable.ratings(of: $0) }
    let file = try ArtifactFile(path: scratch.file("artifact"))
    try file.verify()
    #expect(file.header.schema["columns"]?["rating"]?.string == "stars")
    let found: [Float] = try file.read("lists/ratings", shape: [9])
    #expect(Array(found[..<3]) == wanted[0] && Array(found[3..<6]) == wanted[1] && wanted[2] == nil)
    #expect(try file.read("lists/ratings/present", as: UInt8.self) == [1, 1, 0])
    let rows = try String(decoding: Files.read(scratch.file("csv")), as: UTF8.self).split(separator: "\r\n")
    #expect(rows[0] == "user,rank,title,score,rating")
    let (ben, zoe) = (answers[1].recommendations[0], answers[2].recommendations[0])
    #expect(rows[4] == "ben,1,\(ben.candidate),\(ben.score),\(found[3])")
    #expect(rows[7] == "zoe,1,\(zoe.candidate),\(zoe.score),")
    let lines = try String(decoding: Files.read(scratch.file("json-lines")), as: UTF8.self).split(separator: "\n").map {
      try JSON.parse(Array($0.utf8))["recommendations"]?.array ?? []
    }
    #expect(lines[0].compactMap { $0["rating"]?.number.map { Float($0) } } == wanted[0])
    #expect(lines[2].allSatisfy { $0["rating"] == nil })
  }

  @Test("predicts of many answers at once what it predicts of each")
  func batches() throws {
    let servable = try servable(Self.model(hasPopularity: true), in: try Scratch())
    let answers = try ["ann", "nobody", "ben", "zoe", "ann"].enumerated().map { place, query in
      try servable.recommend(query, k: place + 1)
    }
    let batch = try servable.ratings(of: answers)
    #expect(try batch == answers.map { try servable.ratings(of: $0) })
    #expect(batch.map { $0?.count } == [1, nil, 3, nil, 4])
  }

  @Test("predicts nothing for queries that training had no pair of, and nothing without a head")
  func none() throws {
    let scratch = try Scratch()
    let servable = try servable(Self.model(), in: scratch)
    for query in ["zoe", "nobody"] { #expect(try servable.ratings(of: servable.recommend(query, k: 2)) == nil) }
    #expect(try servable.ratings(of: servable.recommend("she", history: ["Dune"], k: 2)) == nil)
    let sample = try servable.sampleRatings(10)
    #expect(sample.count == 4 && sample.allSatisfy(\.isFinite), "there are four candidates")
    let bare = try self.servable(Self.model(hasHead: false), in: try Scratch())
    #expect(try bare.ratingColumn == nil && bare.ratings(of: bare.recommend("ann", k: 2)) == nil)
    #expect(try bare.sampleRatings(10).isEmpty)
  }
}
