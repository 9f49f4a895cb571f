import Artifacts
import CandidateIndex
import Interactions
import Kernels
import Tables
import TestKit
import Testing
import TwoTower

@testable import Servable

@Suite("Explanations of a recommendation")
struct ExplanationTests {
  private static let titles = (10..<40).map { "movie \($0)" }
  private static let history = [2, 5, 11, 17, 28].map { titles[$0] }

  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func servable(_ method: any MethodRecipe, hasBias: Bool, isExact: Bool = true) throws -> Servable {
    let vocabularies = Vocabularies(
      query: Vocabulary(column: "user", values: Strings(["1", "2"]), counts: [5, 0]),
      candidate: Vocabulary(column: "title", values: Strings(Self.titles), counts: Self.titles.map { _ in 1 }))
    let drawn = Model(initialising: vocabularies, dimension: 8, seed: 3, from: .normal)
    var model = Model(
      vocabularies: vocabularies, queries: drawn.queries, candidates: drawn.candidates, recipe: Recipe(method))
    if hasBias { model = model.addingBias(counts: (0..<31).map { Double($0 * $0 % 17) }, weight: 0.5) }
    let chosen = (users: Self.history.map { _ in "1" }, titles: Self.history)
    return try servable(model, chosen, times: Self.history.indices.map { Int64($0) }, isExact: isExact)
  }

  /// A model of the next title, and queries who chose titles in an order, some of them twice.
  private func reading(hasBias: Bool, isExact: Bool = true) throws -> Servable {
    let vocabularies = Vocabularies(
      query: Vocabulary(column: "user", values: Strings(["1", "2"]), counts: [8, 0]),
      candidate: Vocabulary(column: "title", values: Strings(Self.titles), counts: Self.titles.map { _ in 1 }))
    let drawn = (0..<3).map { Model(initialising: vocabularies, dimension: 8, seed: $0, from: .normal) }
    var recipe = Recipe(NextItemRecipe(temperature: 0.2))
    recipe.history = [HistoryBag(decay: 0.8, last: 4), HistoryBag(decay: nil, last: 6)]
    var model = Model(
      vocabularies: vocabularies, queries: drawn[0].queries, candidates: drawn[0].candidates,
      historyTables: drawn[1...].map(\.candidates), recipe: recipe)
    if hasBias { model = model.addingBias(counts: (0..<31).map { Double($0 * $0 % 17) }, weight: 0.5) }
    let users = Self.ordered.map { _ in "1" } + Self.ordered.map { _ in "new" }
    // Rows are not in the order of their times, and the new one chose the other way round.
    let times = Self.ordered.indices.map { Int64(7 * $0 % 8) } + Self.ordered.indices.map { Int64(-7 * $0 % 8) }
    let titles = times.map { Self.ordered[Int(abs($0))] }
    return try servable(model, (users, titles), times: times, isExact: isExact)
  }

  /// The oldest of them are read by no bag.
  private static let ordered = [3, 9, 5, 11, 5, 28, 2, 5].map { titles[$0] }

  private func servable(
    _ model: Model, _ chosen: (users: [String], titles: [String]), times: [Int64], isExact: Bool
  ) throws -> Servable {
    let rows = 1..<model.candidates.rows
    let index =
      isExact
      ? ExactIndex(model.candidates, rows: rows) as any NearestNeighbourIndex
      : ApproximateIndex(model.candidates, rows: rows, settings: .init(leaves: 2))
    let seen = Interactions(
      columns: [
        Column("user", text: chosen.users), Column("title", text: chosen.titles), Column("when", integers: times),
      ], rows: times.count, roles: .init(query: "user", candidate: "title", timestamp: "when"))
    let path = scratch.file("\(UInt32.random(in: 0...UInt32.max)).tandem")
    let catalog = Catalog(columns: [Column("title", text: Self.titles)], rows: 30, key: "title")
    try ServableExport(
      model: model, index: index, catalog: catalog,
      seen: model.vocabularies.isItemToItem ? seen.withPrevious(1).interactions : seen
    )
    .publish(to: path, lineage: .none, sample: "1")
    return try Servable(path: path)
  }

  private static let ials = ImplicitALSRecipe(
    ImplicitALSObjective(unobservedWeight: 0.2, regularization: 0.01, exponent: 1))

  private func sum(_ explanation: Explanation) -> Float {
    explanation.reasons.reduce((explanation.others ?? 0) + (explanation.popularity ?? 0)) { $0 + $1.value }
  }

  @Test(
    "are contributions that sum to the score of the history, whatever the method",
    arguments: [true, false],
    [true, false])
  func contributions(hasBias: Bool, isExact: Bool) throws {
    for method in [Self.ials, LinearAutoencoderRecipe(), SoftmaxRecipe()] as [any MethodRecipe] {
      let servable = try servable(method, hasBias: hasBias, isExact: isExact)
      let answer = try servable.recommend("she", history: Self.history, k: 25)
      for recommendation in answer.recommendations {
        for limit in [5, 2] {
          let explanation = try servable.explain(
            history: Self.history, candidate: recommendation.candidate, limit: limit)
          #expect(explanation.kind == .contributions && explanation.reasons.count == limit)
          #expect(abs(explanation.score - recommendation.score) <= 1e-6)
          #expect(abs(sum(explanation) - recommendation.score) < 1e-5)
          #expect(abs(explanation.remainder ?? 1) < 1e-5)
          let values = explanation.reasons.map(\.value)
          #expect(values == values.sorted(by: >))
          if !hasBias { #expect(explanation.popularity == 0) }
        }
      }
    }
  }

  @Test(
    "of a model that reads histories in their order are contributions, for known users and for new ones alike",
    arguments: [true, false],
    [true, false])
  func inOrder(hasBias: Bool, isExact: Bool) throws {
    let servable = try reading(hasBias: hasBias, isExact: isExact)
    for (query, history) in [("1", Self.ordered), ("new", Self.ordered.reversed())] {
      let answer = try servable.recommend(query, k: 30)
      #expect(answer.basis == .history)
      for recommendation in answer.recommendations {
        let explanation = try #require(
          try servable.explain(query, candidate: recommendation.candidate, limit: 3))
        #expect(explanation.kind == .contributions && explanation.reasons.count == 3)
        #expect(explanation.score == recommendation.score)
        #expect(abs(sum(explanation) - recommendation.score) < 1e-5)
        if !hasBias { #expect(explanation.popularity == 0) }
        let given = try servable.explain(history: history, candidate: recommendation.candidate, limit: 3)
        #expect(given.reasons.map(\.candidate) == explanation.reasons.map(\.candidate))
        #expect(given.reasons.map(\.value) == explanation.reasons.map(\.value) && given.score == explanation.score)
      }
      let all = try #require(try servable.explain(query, candidate: Self.titles[0], limit: 9)).reasons
      #expect(Set(all.map(\.candidate)) == Set(history.suffix(6)) && all.count == Set(history.suffix(6)).count)
    }
  }

  @Test("of an item-to-item model that reads a history are contributions, and similarities of what training had")
  func itemToItem() throws {
    let values = Strings(Self.titles)
    let vocabularies = Vocabularies(
      query: Vocabulary(
        column: "previous_title", values: Strings(Array(Self.titles.dropFirst())),
        counts: Self.titles.dropFirst().map { _ in 1 }),
      candidate: Vocabulary(column: "title", values: values, counts: Self.titles.map { _ in 1 }))
    let model = try Model(initialising: vocabularies, dimension: 8, seed: 3, from: .normal)
      .reading(HistoryBag(decay: 0.7, last: 3))
    let chosen = (users: Self.ordered.map { _ in "1" }, titles: Self.ordered)
    let servable = try servable(model, chosen, times: Self.ordered.indices.map { Int64($0) }, isExact: true)
    for recommendation in try servable.recommend("she", history: Self.ordered, k: 9).recommendations {
      let explanation = try servable.explain(history: Self.ordered, candidate: recommendation.candidate, limit: 9)
      #expect(Set(explanation.reasons.map(\.candidate)) == Set(Self.ordered.suffix(3)))
      #expect(abs(sum(explanation) - recommendation.score) < 1e-5)
    }
    // The first title was never a query, so that it is folded in from itself.
    let folded = try #require(try servable.explain(Self.titles[0], candidate: Self.titles[9], limit: 3))
    #expect(folded.kind == .contributions && folded.reasons.map(\.candidate) == [Self.titles[0]])
    #expect(abs(folded.reasons[0].value - folded.score) < 1e-6)
    #expect(try servable.explain(Self.titles[1], candidate: Self.titles[9], limit: 3)?.kind == .similarities)
  }

  @Test("give the whole score to the only movie of a history")
  func oneMovie() throws {
    let servable = try servable(Self.ials, hasBias: false)
    let explanation = try servable.explain(history: [Self.titles[4]], candidate: Self.titles[9], limit: 3)
    #expect(explanation.reasons.map(\.candidate) == [Self.titles[4]])
    #expect(abs(explanation.reasons[0].value - explanation.score) < 1e-6)
  }

  @Test("of a known query include the part of its vector that its history does not explain")
  func known() throws {
    let servable = try servable(Self.ials, hasBias: true)
    for recommendation in try servable.recommend("1", k: 5).recommendations {
      let explanation = try #require(try servable.explain("1", candidate: recommendation.candidate, limit: 3))
      #expect(explanation.score == recommendation.score)
      #expect(abs(sum(explanation) + (explanation.remainder ?? 0) - recommendation.score) < 1e-6)
      #expect(Set(explanation.reasons.map(\.candidate)).isSubset(of: Self.history))
    }
  }

  @Test(
    "are similarities without a sum if the query's vector was trained and is no sum over its history",
    arguments: [true, false])
  func similarities(hasBias: Bool) throws {
    let servable = try servable(SoftmaxRecipe(), hasBias: hasBias)
    let explanation = try #require(try servable.explain("1", candidate: Self.titles[0], limit: 5))
    #expect(explanation.kind == .similarities)
    #expect(explanation.others == nil && explanation.popularity == nil && explanation.remainder == nil)
    let similar = try servable.similar(to: Self.titles[0], k: 30).filter { Self.history.contains($0.candidate) }
    #expect(explanation.reasons.map(\.candidate) == similar.map(\.candidate))
    for (reason, near) in zip(explanation.reasons, similar) { #expect(abs(reason.value - near.score) < 1e-6) }
    // What somebody has chosen already is not its own reason.
    let own = try #require(try servable.explain("1", candidate: Self.history[0], limit: 9)).reasons
    #expect(own.count == Self.history.count - 1 && !own.contains { $0.candidate == Self.history[0] })
  }

  @Test("are nil for an unknown query, and refused for an empty history")
  func unknown() throws {
    let servable = try servable(SoftmaxRecipe(), hasBias: false)
    #expect(try servable.explain("nobody", candidate: Self.titles[0], limit: 3).map(\.score) == nil)
    #expect(try servable.explain("2", candidate: Self.titles[0], limit: 3).map(\.score) == nil)
    #expect(throws: ServableError.emptyHistory) {
      try servable.explain(history: [], candidate: Self.titles[0], limit: 3)
    }
    #expect(throws: ServableError.self) { try servable.explain("1", candidate: "Xyz", limit: 3) }
  }
}
