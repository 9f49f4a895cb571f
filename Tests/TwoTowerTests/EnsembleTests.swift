import Interactions
import Kernels
import Tables
import Testing

@testable import TwoTower

@Suite("An ensemble in one pair of towers")
struct EnsembleTests {
  private let queries = 24, candidates = 41

  /// Models of one vocabulary, of several widths and scales.
  private func members(_ widths: [Int]) -> [Model] {
    var cases = Cases(5)
    return widths.enumerated().map {
      cases.model(queries: queries, candidates: candidates, dimension: $1, scale: Float($0 * $0 + 1))
    }
  }

  private func ensemble(_ members: [Model]) throws -> Ensemble {
    try Ensemble(
      members, vocabularies: members[0].vocabularies, names: members.indices.map { "member-\($0 + 1)" })
  }

  private func scores(_ model: Model, _ query: Int) -> [Double] {
    (1..<candidates).map { candidate in
      zip(model.queries.row(query), model.candidates.row(candidate)).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
  }

  /// Scores of a query as mathematics has them: z-scores over the candidates, summed over the members.
  private func wanted(_ members: [Model], _ query: Int) -> [Double] {
    members.map { scores($0, query) }.reduce([Double](repeating: 0, count: candidates - 1)) { sums, scores in
      let mean = scores.reduce(0, +) / Double(scores.count)
      let variance = scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(scores.count)
      return zip(sums, scores).map { $0 + ($1 - mean) / variance.squareRoot() }
    }
  }

  private func squaredError(_ model: Model, _ members: [Model]) -> Double {
    (0..<queries).reduce(0) { sum, query in
      zip(scores(model, query), wanted(members, query)).reduce(sum) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }
  }

  @Test("of enough dimensions scores as the sum of its members' z-scores")
  func whole() throws {
    let members = members([5, 3, 8])
    let (model, values) = try ensemble(members).compressed(to: 16, threads: 2)
    #expect(values.count == 16)
    #expect(squaredError(model, members) < 1e-6)
    // One dimension more has nothing to add.
    let wide = try ensemble(members).compressed(to: 17, threads: 2).model
    #expect((0..<queries).allSatisfy { wide.queries.row($0)[16] == 0 })
    #expect(squaredError(wide, members) < 1e-6)
  }

  @Test("multiplies a member's z-scores by its weight, side by side and compressed")
  func weighted() throws {
    let members = members([5, 3])
    let weighted = try Ensemble(
      members, weights: [1, 0.25], vocabularies: members[0].vocabularies, names: ["first", "second"])
    let compressed = weighted.compressed(to: 8, threads: 2).model
    for query in 0..<queries {
      let parts = members.map { wanted([$0], query) }
      let sums = zip(parts[0], parts[1]).map { $0 + 0.25 * $1 }
      for model in [weighted.whole, compressed] {
        #expect(zip(scores(model, query), sums).allSatisfy { abs($0 - $1) < 1e-3 })
      }
    }
  }

  @Test("of fewer dimensions is the best approximation of that rank", arguments: [1, 4, 9, 15])
  func truncated(dimension: Int) throws {
    let members = members([5, 3, 8])
    let (model, values) = try ensemble(members).compressed(to: dimension, threads: 2)
    let least = values.dropFirst(dimension).reduce(0) { $0 + $1 * $1 }
    #expect(abs(squaredError(model, members) / least - 1) < 1e-4)
  }

  @Test("of one model twice ranks as that model, without its popularity dimension")
  func repeated() throws {
    let member = members([6])[0]
    let biased = member.addingBias(counts: (0..<candidates).map { Double($0) }, weight: 2)
    let (model, values) = try ensemble([member, biased]).compressed(to: 6, threads: 1)
    #expect(values.count == 6)
    for query in 1..<queries {
      let (found, own) = (scores(model, query), scores(member, query))
      #expect(found.indices.sorted { found[$0] > found[$1] } == own.indices.sorted { own[$0] > own[$1] })
    }
    // The unknown query of a model with popularity has nothing else.
    let unknown = try ensemble([biased, biased]).compressed(to: 6, threads: 1).model
    #expect(unknown.queries.row(0).allSatisfy { abs($0) < 1e-6 })
  }

  @Test("has the same bits on any number of threads")
  func threads() throws {
    let ensemble = try ensemble(members([5, 30, 8]))
    let alone = ensemble.compressed(to: 12, threads: 1).model
    let together = ensemble.compressed(to: 12, threads: 3).model
    #expect(together.queries.values == alone.queries.values && together.candidates.values == alone.candidates.values)
  }

  @Test("is refused for one model, differing vocabularies, a rating head, or more dimensions than can be compressed")
  func refused() throws {
    let members = members([5, 3])
    #expect(throws: TwoTowerError.tooFewMembers(1)) { try ensemble([members[0]]) }
    var cases = Cases(6)
    let other = cases.model(queries: queries + 1, candidates: candidates, dimension: 4)
    #expect(throws: TwoTowerError.otherVocabulary("member-2")) { try ensemble([members[0], other]) }
    var rated = members
    rated[1].rating = .initial("stars", dimension: rated[1].ownDimension, hidden: [], seed: 1)
    #expect(throws: TwoTowerError.memberWithRatings("member-2")) { try ensemble(rated) }
    let wide = self.members([1500, 1500])
    #expect(throws: TwoTowerError.tooWide(3000)) { try ensemble(wide) }
  }

  @Test("folds in a known query's history to nearly the query's own vector")
  func foldIn() throws {
    var cases = Cases(21)
    let queryRows = (0..<900).map { _ in Int32(1 + cases.number(below: 30)) }
    let candidateRows = queryRows.map { Int32(1 + 2 * cases.number(below: 30)) + $0 % 2 }
    let pairs = TrainingPairs(queries: queryRows, candidates: candidateRows)
    let members = try [SoftmaxObjective.Normalisation.both, .none].map { normalisation in
      var settings = Trainer.Settings()
      settings.objective.negatives = .all
      settings.objective.normalisation = normalisation
      settings.objective.temperature = normalisation == .both ? 0.25 : 1
      settings.regularization = Regularization(strength: normalisation == .both ? 0 : 0.05, byFrequency: true)
      settings.length.epochs = 60
      settings.batchSize = 1000
      let trainer = Trainer(
        cases.model(queries: 31, candidates: 61, dimension: 8, scale: 0.05), pairs: pairs, settings: settings)
      _ = try trainer.train()
      return trainer.result
    }
    let compressed = try Ensemble(members, vocabularies: members[0].vocabularies, names: ["a", "b"])
      .compressed(to: 10, threads: 1).model
    let (model, fit) = try compressed.scaledForFoldIn(pairs, threads: 2)
    #expect(fit.cosine > 0.9)
    let recipe = try #require(model.recipe.method as? SoftmaxRecipe)
    #expect(recipe.penalty > 0 && recipe.penalty == fit.penalty && recipe.normalisation == .none)
    let histories = (1...30).map { user -> [CandidateNumber] in
      let own = zip(queryRows, candidateRows).filter { $0.0 == Int32(user) }.map { CandidateNumber($0.1 - 1) }
      return Set(own).sorted()
    }
    let folded = FoldIn(model).vectors(for: histories, threads: 1)
    for user in 0..<30 {
      let (a, b) = (folded.row(user), model.queries.row(user + 1))
      func product(_ x: [Float], _ y: [Float]) -> Float { zip(x, y).reduce(0) { $0 + $1.0 * $1.1 } }
      #expect(product(a, b) / (product(a, a) * product(b, b)).squareRoot() > 0.7)
      #expect(0.5...2 ~= (product(a, a) / product(b, b)).squareRoot())
    }
  }
}
