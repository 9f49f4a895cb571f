import Artifacts
import CandidateIndex
import Foundation
import Interactions
import Kernels
import RandomNumbers
import Tables
import Testing
import TwoTower

@testable import Servable

@Suite("A servable")
final class ServableTests {
  private let path = FileManager.default.temporaryDirectory.appendingPathComponent("s-\(UUID().uuidString).tandem").path
  private let titles = ["Alien (1979)", "Brazil (1985)", "Casablanca (1942)", "Dune (1984)", "Éxodo (1999)"]
  private let users = ["1", "10", "2"]
  private let model: Model
  private let seen: Interactions

  init() {
    let vocabularies = Vocabularies(
      query: Vocabulary(column: "user", values: Strings(users), counts: [2, 1, 0]),
      candidate: Vocabulary(column: "title", values: Strings(titles), counts: [1, 1, 1, 0, 0]))
    model = Model(initialising: vocabularies, dimension: 6, seed: 3)
    seen = Interactions(
      columns: [
        Column("user", text: ["1", "1", "1", "10", "new"]),
        Column("title", text: [titles[0], titles[2], titles[0], titles[4], titles[1]]),
      ], rows: 5, roles: .init(query: "user", candidate: "title"))
  }

  /// Queries are candidates that were chosen before.
  @Test("of previous candidates excludes only the query itself")
  func itemToItem() throws {
    let queries = [titles[0], titles[2], "Zorro (1998)"]
    let model = Model(
      initialising: Vocabularies(
        query: Vocabulary(column: "previous_title", values: Strings(queries), counts: [1, 1, 1]),
        candidate: self.model.vocabularies.candidate), dimension: 6, seed: 3)
    let pairs = Interactions(
      columns: [
        Column("user", text: ["1", "1", "2"]), Column("title", text: [titles[2], titles[4], titles[0]]),
        Column("previous_title", text: queries),
      ], rows: 3, roles: .init(query: "user", candidate: "title", previous: "previous_title"))
    let index = ExactIndex(model.candidates, rows: 1..<model.candidates.rows)
    try ServableExport(model: model, index: index, catalog: catalog, seen: pairs)
      .publish(to: path, lineage: Lineage(stage: "serve-export", stageVersion: 1), sample: titles[0])
    let servable = try Servable(path: path)
    func answer(_ query: String) throws -> [String] {
      try servable.recommend(query, k: 5, excludeSeen: true).recommendations.map(\.candidate).sorted()
    }
    #expect(try answer(titles[0]) == titles.filter { $0 != titles[0] })
    #expect(try answer(titles[2]) == titles.filter { $0 != titles[2] })
    // A query that is no candidate, a candidate that is folded in from itself, and a query that is unknown.
    #expect(try answer("Zorro (1998)") == titles)
    #expect(try answer(titles[1]) == titles.filter { $0 != titles[1] })
    #expect(try servable.recommend(titles[1], k: 1).basis == .history)
    #expect(try answer("Zulu (1964)") == titles)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  private var catalog: Catalog { Catalog(columns: [Column("title", text: titles)], rows: 5, key: "title") }

  private func export(_ model: Model? = nil, index: ExactIndex? = nil) throws {
    let model = model ?? self.model
    let index = index ?? ExactIndex(model.candidates, rows: 1..<model.candidates.rows)
    try ServableExport(model: model, index: index, catalog: catalog, seen: seen)
      .publish(to: path, lineage: Lineage(stage: "serve-export", stageVersion: 1), sample: "10")
  }

  /// Candidates by score, from the model's own tables.
  private func ranked(_ row: Int) -> [String] {
    let index = ExactIndex(model.candidates, rows: 1..<model.candidates.rows)
    return index.search(model.queries.row(row), k: 5).map { titles[$0.candidate] }
  }

  @Test("maps raw ids to titles and scores, best first")
  func answers() throws {
    try export()
    let servable = try Servable(path: path)
    for (place, user) in users.enumerated() {
      let answer = try servable.recommend(user, k: 3)
      #expect(answer.basis == .known)
      #expect(answer.recommendations.map(\.candidate) == Array(ranked(place + 1).prefix(3)))
      #expect(answer.recommendations.map(\.score) == answer.recommendations.map(\.score).sorted(by: >))
    }
    #expect(try servable.recommend("1", k: 100).recommendations.count == 5)
    #expect(servable.candidateCount == 5)
  }

  @Test("gives unknown queries the out-of-vocabulary row's list, and reports it")
  func unknown() throws {
    try export()
    for query in ["nobody", "", "1 ", "🎬"] {
      let answer = try Servable(path: path).recommend(query, k: 5, excludeSeen: true)
      #expect(answer.basis == .untrained)
      #expect(answer.recommendations.map(\.candidate) == ranked(0))
    }
  }

  @Test("folds in a given history, and excludes its items", arguments: [false, true])
  func folding(byFrequency: Bool) throws {
    var recipe = SoftmaxRecipe()
    recipe.negativesByFrequency = byFrequency
    let model = Model(
      vocabularies: model.vocabularies, queries: model.queries, candidates: model.candidates,
      recipe: Recipe(recipe))
    try export(model)
    let servable = try Servable(path: path)
    let answer = try servable.recommend("she", history: [titles[1], titles[3], titles[1]], k: 5)
    #expect(answer.basis == .history && answer.query == "she")
    let vector = FoldIn(model).vectors(for: [[CandidateNumber(1), CandidateNumber(3)]], threads: 1).row(0)
    let index = ExactIndex(model.candidates, rows: 1..<model.candidates.rows)
    let wanted = index.search(vector, k: 5, filter: CandidateFilter(excluding: [1, 3], of: index.count))
    #expect(answer.recommendations.map(\.candidate) == wanted.map { titles[$0.candidate] })
    #expect(answer.recommendations.map(\.score) == wanted.map(\.score))
    #expect(throws: ServableError.emptyHistory) { try servable.recommend("she", history: [], k: 5) }
    #expect(throws: ServableError.unknownCandidate("Xyz", like: nil)) {
      try servable.recommend("she", history: ["Xyz"], k: 5)
    }
  }

  @Test("excludes items seen in training, and named ones")
  func exclusions() throws {
    try export()
    let servable = try Servable(path: path)
    let unseen = try servable.recommend("1", k: 5, excludeSeen: true).recommendations.map(\.candidate)
    #expect(unseen == ranked(1).filter { $0 != titles[0] && $0 != titles[2] })
    let two = try servable.recommend("1", k: 5, excludeSeen: true, excluding: ["Dune (1984)", titles[4]])
    #expect(two.recommendations.map(\.candidate) == [titles[1]])
    #expect(try servable.recommend("1", k: 5, excluding: titles).recommendations.isEmpty)
    for (name, like) in [("Brasil (1985)", "Brazil (1985)"), ("casablanca", "Casablanca (1942)"), ("Xyz", nil)] {
      #expect(throws: ServableError.unknownCandidate(name, like: like)) {
        try servable.recommend("1", k: 5, excluding: [name])
      }
    }
  }

  @Test("is refused for an index of another model")
  func otherIndex() throws {
    var other = model.candidates.values
    other[8] += 0.5
    let table = Matrix(rows: model.candidates.rows, columns: 6, values: other)
    #expect(throws: ServableError.self) { try export(index: ExactIndex(table, rows: 1..<6)) }
    #expect(throws: CandidateIndexError.self) { try export(index: ExactIndex(table, rows: 1..<5)) }
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test("that is damaged gives an error or a result, and never crashes")
  func damaged() throws {
    try export()
    let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    let broken = path + ".broken"
    defer { try? FileManager.default.removeItem(atPath: broken) }
    var random = RandomGenerator(seed: 1, stream: "damage")
    for _ in 0..<400 {
      var copy = bytes
      copy[Int(random.below(UInt64(copy.count)))] ^= UInt8(1 + random.below(255))
      try Data(copy).write(to: URL(fileURLWithPath: broken))
      guard let servable = try? Servable(path: broken) else { continue }
      for query in users + ["nobody"] { _ = try? servable.recommend(query, k: 5, excludeSeen: true) }
      _ = try? servable.recommend(users, k: 5, excludeSeen: true)
      _ = servable.candidates(containing: "a", limit: 9) + servable.queries(beginning: "1", limit: 9)
      for query in users {
        for title in servable.history(of: query) ?? [] { _ = try? servable.fields(of: title) }
        _ = try? servable.explain(query, candidate: titles[1], limit: 3)
      }
      _ = try? servable.similar(to: titles[0], k: 5)
      _ = try? servable.explain(history: [titles[2]], candidate: titles[0], limit: 3)
      #expect(throws: (any Error).self) { try ArtifactFile(path: broken).verify() }
    }
    for length in stride(from: 0, to: bytes.count, by: 97) {
      try Data(bytes.prefix(length)).write(to: URL(fileURLWithPath: broken))
      #expect(throws: (any Error).self) { try Servable(path: broken) }
    }
  }
}
