import Artifacts
import CandidateIndex
import Features
import Interactions
import Kernels
import SystemFiles
import Tables
import TestKit
import Testing
import TwoTower

@testable import Servable

@Suite("A servable that reads the context of queries")
struct ContextAnswerTests {
  private static let titles = ["Alien", "Brazil", "Casablanca", "Dune"]
  private static let users = Catalog(
    columns: [Column("user", text: ["ann", "new"]), Column("job", text: ["nurse", "nurse"])], rows: 2, key: "user")
  private static let seen = Interactions(
    columns: [
      Column("user", text: ["ann", "zoe"]), Column("title", text: ["Alien", "Dune"]),
      Column("when", integers: [0, 86_400]), Column("device", text: ["phone", "desk"]),
    ], rows: 2, roles: .init(query: "user", candidate: "title", timestamp: "when"))

  /// Ann and ben are known, nurses are, and so are 24 hours and two devices.
  private static func model(isNormalised: Bool = true, hasPopularity: Bool = true) throws -> Model {
    let initial = Model(
      initialising: Vocabularies(
        query: Vocabulary(column: "user", values: Strings(["ann", "ben"]), counts: [1, 1]),
        candidate: Vocabulary(column: "title", values: Strings(titles), counts: [1, 1, 1, 1])), dimension: 3, seed: 3)
    let inputs = Matrix(rows: 3, columns: 3, values: [9, 9, 9, 2, 0, 0, 0, 2, 0])
    let queries = inputs.copy()
    if isNormalised {
      for row in 0..<3 { queries.scale(row: row, by: 1 / queries.squaredLength(row: row).squareRoot()) }
    }
    var model = Model(
      vocabularies: initial.vocabularies, queries: queries, candidates: initial.candidates, recipe: initial.recipe)
    model.features[.query] = FeatureVectors(
      try FeatureSet(["job"], of: DescribedThings(users.table, name: "the users", numbers: [0, -1], count: 2)),
      table: Matrix(rows: 1, columns: 3, values: [1, 1, 0]), isNormalised: isNormalised)
    let context = try FeatureSet(
      ["when: hour", "device"], of: DescribedThings(rowsOf: seen.table, name: "the interactions"))
    // The hour is in the third dimension; the desk and the phone are in the others.
    let values = (0..<24).flatMap { hour -> [Float] in [0, 0, Float(hour) / 4] } + [1, 0, 0, 0, 1, 0]
    model.context = ContextVectors(
      context, table: Matrix(rows: 26, columns: 3, values: values), inputs: inputs, isNormalised: isNormalised)
    return hasPopularity ? model.addingBias(counts: [0, 1, 5, 2, 3], weight: 0.3) : model
  }

  private func servable(_ model: Model, in scratch: Scratch, users: Catalog? = Self.users) throws -> Servable {
    let index = ExactIndex(model.candidates, rows: 1..<model.candidates.rows)
    let catalog = Catalog(columns: [Column("title", text: Self.titles)], rows: 4, key: "title")
    try ServableExport(model: model, index: index, catalog: catalog, seen: Self.seen, users: users)
      .publish(to: scratch.file("servable"), lineage: .none, sample: "ann")
    return try Servable(path: scratch.file("servable"))
  }

  /// The answer of a model to a query in a context.
  private func wanted(_ model: Model, row: Int, _ features: [String: [String]]) throws -> [String] {
    let towers = try #require(ContextualQueries(model))
    let context = try EncodedFeatures(towers.features, given: features).matrix
    let vector = towers.vectors(of: [EmbeddingRow(index: row)], context, contexts: [0], threads: 1).row(0)
    return ExactIndex(model.candidates, rows: 1..<model.candidates.rows).search(vector, k: 4).map {
      "\(Self.titles[$0.candidate]) \($0.score)"
    }
  }

  private func lines(_ answer: Servable.Answer) -> [String] {
    answer.recommendations.map { "\($0.candidate) \($0.score)" }
  }

  @Test(
    "answers a known query as the model does in a context, and as ever without one", arguments: [true, false],
    [true, false])
  func known(isNormalised: Bool, hasPopularity: Bool) throws {
    let scratch = try Scratch()
    let model = try Self.model(isNormalised: isNormalised, hasPopularity: hasPopularity)
    let servable = try servable(model, in: scratch)
    #expect(servable.readsContext && servable.readsFeatures)
    #expect(try servable.queryFeatures().map(\.name) == ["job", "when", "device"])
    for features in [["when": ["72000"]], ["when": ["1970-01-01T03:00"], "device": ["desk"]], ["device": ["phone"]]] {
      for (row, user) in [(1, "ann"), (2, "ben")] {
        let answer = try servable.recommend(query: user, features: features, k: 4)
        #expect(answer.basis == .known)
        #expect(try lines(answer) == wanted(model, row: row, features))
      }
    }
    let plain = try servable.recommend("ann", k: 4)
    #expect(lines(try servable.recommend(query: "ann", features: [:], k: 4)) == lines(plain))
    #expect(lines(try servable.recommend(query: "ann", features: ["device": ["watch"]], k: 4)) == lines(plain))
    #expect(lines(try servable.recommend(query: "ann", features: ["job": ["nurse"]], k: 4)) == lines(plain))
    let evening = try servable.recommend(query: "ann", features: ["when": ["72000"]], k: 4)
    #expect(lines(evening) != lines(plain))
    let unseen = try servable.recommend(
      query: "ann", features: ["when": ["72000"]], k: 4, excludeSeen: true, excluding: ["Brazil"])
    #expect(lines(unseen) == lines(evening).filter { !$0.hasPrefix("Alien") && !$0.hasPrefix("Brazil") })
  }

  @Test("answers others by their features in the context, by a history in none, and strangers as the average query")
  func strangers() throws {
    let scratch = try Scratch()
    let model = try Self.model()
    let servable = try servable(model, in: scratch)
    let evening = ["when": ["72000"]]
    let byFeatures = try servable.recommend("she", features: evening.merging(["job": ["nurse"]]) { $1 }, k: 4)
    #expect(byFeatures.basis == .features)
    // A described user without interactions has the same inputs in the servable.
    let described = try servable.recommend(query: "new", features: evening, k: 4)
    #expect(described.basis == .features && lines(described) == lines(byFeatures))
    let withoutContext = try servable.recommend("new", k: 4)
    #expect(lines(described) != lines(withoutContext))
    let stranger = try servable.recommend("she", features: evening, k: 4)
    #expect(stranger.basis == .features)
    #expect(try lines(stranger) == wanted(model, row: 0, evening))
    let foldedIn = try servable.recommend(query: "zoe", features: evening, k: 4)
    let always = try servable.recommend("zoe", k: 4)
    #expect(foldedIn.basis == .history && lines(foldedIn) == lines(always))
    #expect(try servable.recommend("she", features: ["device": ["watch"]], k: 4).basis == .popularity)
    #expect(
      try servable.unknownValues(of: ["device": ["watch", "desk"], "job": ["clown"]]) == ["device=watch", "job=clown"])
  }

  @Test("answers many at once, each in a context of its own")
  func batches() throws {
    let scratch = try Scratch()
    let servable = try servable(Self.model(), in: scratch)
    let names = ["ann", "ben", "she", "zoe", "ann", "new"]
    let features = [
      ["when": ["72000"]], ["device": ["desk"]], ["when": ["0"], "job": ["nurse"]], ["when": ["72000"]], [:],
      ["when": ["72000"]],
    ]
    let batch = try servable.recommend(names, features: features, k: 3)
    for (place, answer) in batch.enumerated() {
      let alone = try servable.recommend(query: names[place], features: features[place], k: 3)
      #expect(answer.basis == alone.basis && lines(answer) == lines(alone))
    }
  }

  /// The part of an explanation that is of features.
  private func sum(
    _ servable: Servable, _ query: String, _ features: [String: [String]], _ candidate: String
  ) throws -> FeatureExplanation {
    guard
      case .features(let explanation) = try servable.explain(
        query: query, features: features, candidate: candidate, limit: 3)
    else { throw ServableError.noSumOverFeatures }
    return explanation
  }

  @Test(
    "explains a score in a context as a sum over the query itself, each value of the context and popularity",
    arguments: [true, false], [true, false])
  func explanations(isNormalised: Bool, hasPopularity: Bool) throws {
    let model = try Self.model(isNormalised: isNormalised, hasPopularity: hasPopularity)
    let servable = try servable(model, in: try Scratch())
    let evening = ["when": ["72000"], "device": ["desk"]]
    let nurse = evening.merging(["job": ["nurse"]]) { $1 }
    let ofContext = ["when: hour", "device"]
    // Whoever is known, and the described user, is asked by an own part; so is a stranger as the average query.
    for (query, features, isByFeatures) in [
      ("ann", evening, false), ("new", evening, false), ("she", evening, false), ("she", nurse, true),
    ] {
      let answer = try servable.recommend(query: query, features: features, k: 4)
      #expect(answer.recommendations.count == 4)
      for item in answer.recommendations {
        let explained = try sum(servable, query, features, item.candidate)
        #expect(explained.score == item.score && (explained.query == nil) == isByFeatures)
        #expect(explained.terms.map(\.feature) == (isByFeatures ? ["job"] : []) + ofContext)
        #expect((explained.popularity != 0) == hasPopularity)
        let sum = explained.terms.reduce((explained.query ?? 0) + explained.popularity) { $0 + $1.value }
        #expect(abs(sum - item.score) < 1e-6)
      }
    }
    // Ann is in the first dimension, twice the desk's length; 20 hours are 5 in the third.
    let length: Float = isNormalised ? Float(3 * 3 + 5 * 5).squareRoot() : 1
    let row = model.vocabularies.candidate.row(of: "Dune")
    let dune = try sum(servable, "ann", evening, "Dune")
    let (first, third) = (model.candidates[row, 0] / length, model.candidates[row, 2] / length)
    #expect(abs((dune.query ?? .nan) - 2 * first) < 1e-6)
    #expect(zip(dune.terms.map(\.value), [5 * third, first]).allSatisfy { abs($0 - $1) < 1e-6 })
    let hourAlone = try sum(servable, "ann", ["when": ["72000"]], "Dune")
    #expect(hourAlone.terms[1].value == 0)
    let byFeatures = try #require(try servable.explain(features: nurse, candidate: "Dune"))
    #expect(try byFeatures.query == nil && byFeatures.score == sum(servable, "she", nurse, "Dune").score)
  }

  @Test("explains by the history where no value is known, for whoever is folded in from it, and for dense layers")
  func explanationsByHistory() throws {
    func similar(_ servable: Servable, _ query: String, _ features: [String: [String]]) throws -> Explanation? {
      guard
        case .history(let explanation) = try servable.explain(
          query: query, features: features, candidate: "Brazil", limit: 3)
      else { return nil }
      return explanation
    }
    let servable = try servable(Self.model(), in: try Scratch())
    #expect(try similar(servable, "ann", ["device": ["watch"]])?.reasons.map(\.candidate) == ["Alien"])
    let zoe = try #require(try similar(servable, "zoe", ["when": ["72000"]]))
    #expect(zoe.reasons.map(\.candidate) == ["Dune"])
    #expect(try servable.explain(query: "she", features: ["device": ["watch"]], candidate: "Dune", limit: 3) == nil)

    var dense = try Self.model(hasPopularity: false)
    let sum = try #require(dense.context)
    dense.features = [:]
    // The ids' three inputs, an hour's and a device's, each of one number, and one layer that adds them.
    let weights = Matrix(rows: 6, columns: 3, values: [1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 0, 0, 1, 1, 0, 0, 0])
    let inputs = Matrix(rows: 3, columns: 5)
    for row in 1..<3 { for column in 0..<3 { inputs[row, column] = sum.inputs[row, column] } }
    dense.context = ContextVectors(
      sum.features, table: Matrix(rows: 26, columns: 1, values: (0..<26).map { Float($0) / 5 }), inputs: inputs,
      isNormalised: true, layers: (DenseLayers(DenseLayers.Form(), matrices: [weights]), 3))
    let layered = try self.servable(dense, in: try Scratch(), users: nil)
    let evening = ["when": ["72000"]]
    let answer = try layered.recommend(query: "ann", features: evening, k: 4)
    let explained = try #require(try similar(layered, "ann", evening))
    #expect(explained.kind == .similarities && explained.reasons.map(\.candidate) == ["Alien"])
    #expect(explained.score == answer.recommendations.first { $0.candidate == "Brazil" }?.score, "in the context")
    #expect(throws: ServableError.noSumOverFeatures) {
      _ = try layered.explain(query: "she", features: evening, candidate: "Dune", limit: 3)
    }
  }

  @Test("predicts the ratings of a known query in the context, and none of strangers")
  func ratings() throws {
    var model = try Self.model()
    model.rating = .initial("stars", dimension: 3, hidden: [5], seed: 2)
    let servable = try servable(model, in: try Scratch())
    let towers = try #require(ContextualQueries(model))
    let evening = ["when": ["72000"]]
    let answer = try servable.recommend(query: "ben", features: evening, k: 4)
    let context = try EncodedFeatures(towers.features, given: evening).matrix
    let vectors = towers.vectors(of: [EmbeddingRow(index: 2)], context, contexts: [0], threads: 1)
    let pairs = answer.recommendations.map { (query: 0, candidate: model.vocabularies.candidate.row(of: $0.candidate)) }
    let wanted = model.rating?.predictions(queries: vectors, candidates: model.candidates, pairs: pairs, threads: 1)
    let found = try servable.ratings(of: answer, features: evening)
    #expect(try found == wanted && found != servable.ratings(of: answer))
    let names = ["ben", "she", "zoe", "new", "ben"]
    let features = [evening, evening, evening, evening, [:]]
    let batch = try servable.ratings(of: servable.recommend(names, features: features, k: 4), features: features)
    #expect(batch.map { $0 != nil } == [true, false, false, false, true] && batch[0] == wanted)
    let plain = try servable.recommend("ben", k: 4)
    #expect(try batch[4] == servable.ratings(of: plain))
  }

  @Test("refuses what is no feature")
  func refusals() throws {
    let servable = try servable(Self.model(), in: try Scratch())
    #expect(try servable.explain(features: ["job": ["nurse"]], candidate: "Dune") != nil)
    var contextAlone = try Self.model()
    contextAlone.features = [:]
    let without = try self.servable(contextAlone, in: try Scratch(), users: nil)
    #expect(try without.recommend(query: "ann", features: ["device": ["desk"]], k: 1).basis == .known)
    let strange = #expect(throws: ServableError.self) {
      _ = try servable.recommend(query: "ann", features: ["wehn": ["0"]], k: 1)
    }
    #expect(strange == .unknownFeature("wehn", like: "when", there: ["job", "when", "device"]))
    let text = #expect(throws: ServableError.self) {
      _ = try servable.recommend(query: "ann", features: ["when": ["tonight"]], k: 1)
    }
    #expect(text == .featureNotANumber("tonight", feature: "when"))
  }
}
