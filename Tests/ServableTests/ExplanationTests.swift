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
    let rows = 1..<model.candidates.rows
    let index =
      isExact
      ? ExactIndex(model.candidates, rows: rows) as any NearestNeighbourIndex
      : ApproximateIndex(model.candidates, rows: rows, settings: .init(leaves: 2))
    let seen = Interactions(
      columns: [Column("user", text: Self.history.map { _ in "1" }), Column("title", text: Self.history)], rows: 5,
      roles: .init(query: "user", candidate: "title"))
    let path = scratch.file("\(UInt32.random(in: 0...UInt32.max)).tandem")
    let catalog = Catalog(columns: [Column("title", text: Self.titles)], rows: 30, key: "title")
    try ServableExport(model: model, index: index, catalog: catalog, seen: seen)
      .publish(to: path, lineage: .none, sample: "1")
    return try Servable(path: path)
  }

  private static let ials = ImplicitALSRecipe(
    ImplicitALSObjective(unobservedWeight: 0.2, regularization: 0.01, exponent: 1))

  private func sum(_ explanation: Explanation) -> Float {
    explanation.reasons.reduce((explanation.others ?? 0) + (explanation.popularity ?? 0)) { $0 + $1.value }
  }

  @Test(
    "are contributions that sum to the score of the history, if its vector is linear in it",
    arguments: [true, false],
    [true, false])
  func contributions(hasBias: Bool, isExact: Bool) throws {
    for method in [Self.ials, LinearAutoencoderRecipe()] as [any MethodRecipe] {
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

  @Test("are similarities without a sum if no vector is a sum over a history", arguments: [true, false])
  func similarities(hasBias: Bool) throws {
    let servable = try servable(SoftmaxRecipe(), hasBias: hasBias)
    let explanation = try #require(try servable.explain("1", candidate: Self.titles[0], limit: 5))
    #expect(explanation.kind == .similarities)
    #expect(explanation.others == nil && explanation.popularity == nil && explanation.remainder == nil)
    let similar = try servable.similar(to: Self.titles[0], k: 30).filter { Self.history.contains($0.candidate) }
    #expect(explanation.reasons.map(\.candidate) == similar.map(\.candidate))
    for (reason, near) in zip(explanation.reasons, similar) { #expect(abs(reason.value - near.score) < 1e-6) }
    // What somebody has chosen already is not its own reason.
    let own = try servable.explain(history: Self.history, candidate: Self.history[0], limit: 9).reasons
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
