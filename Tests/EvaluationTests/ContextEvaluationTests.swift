import Artifacts
import Features
import Interactions
import Kernels
import LinearAlgebra
import MetricTable
import Tables
import Testing
import TwoTower

@testable import Evaluation

@Suite("Queries in contexts")
struct ContextEvaluationTests {
  private static let films = ["Alien", "Brazil", "Casablanca"]

  private static func interactions(_ rows: [(user: String, film: String, hour: Int)]) -> Interactions {
    Interactions(
      columns: [
        Column("user", text: rows.map(\.user)), Column("film", text: rows.map(\.film)),
        Column("when", integers: rows.map { Int64($0.hour * 3600) }),
      ], rows: rows.count, roles: .init(query: "user", candidate: "film", timestamp: "when"))
  }

  /// Ann and ben are nobody in particular; in the morning everybody takes Alien, and in the evening Brazil.
  private static func model() throws -> Model {
    let set = try FeatureSet(
      ["when: hour"], of: DescribedThings(rowsOf: interactions([("ann", "Alien", 0)]).table, name: "the interactions"))
    var table = [Float](repeating: 0, count: 24 * 3)
    for hour in 0..<24 { table[hour * 3 + (hour < 12 ? 0 : 1)] = 1 }
    // Each of the films has a dimension; ann is for Casablanca a little.
    let queries: [Float] = [0, 0, 0, 0, 0, 0.5, 0, 0, 0]
    var recipe = SoftmaxRecipe()
    recipe.loss = .all
    var model = Model(
      vocabularies: Vocabularies(
        query: Vocabulary(column: "user", interactions: TextColumn(["ann", "ben"])),
        candidate: Vocabulary(column: "film", interactions: TextColumn(films))),
      queries: Matrix(rows: 3, columns: 3, values: queries),
      candidates: Matrix(rows: 4, columns: 3, values: [0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1]), recipe: Recipe(recipe))
    model.context = ContextVectors(
      set, table: Matrix(rows: 24, columns: 3, values: table), inputs: model.queries, isNormalised: false)
    return model
  }

  private static let testRows = [
    (user: "ann", film: "Alien", hour: 8), ("ann", "Brazil", 20), ("ann", "Brazil", 9), ("ben", "Casablanca", 9),
    ("zoe", "Brazil", 21), ("ann", "Casablanca", 32),
  ]
  private static let test = interactions(testRows)

  private func data(other: Model? = nil, history: Interactions? = nil) throws -> EvaluationData {
    try EvaluationData(
      model: Self.model(), other: other, train: Self.interactions([("ann", "Casablanca", 1), ("ben", "Alien", 2)]),
      test: Self.test, history: history)
  }

  @Test("are one for each context of a query, with what was chosen in it, and with all that the query chose before")
  func queries() throws {
    let judged = try data().judged
    // Ann at 8 (twice, a day apart), at 20 and at 9; ben at 9; zoe at 21.
    #expect(judged.queries == [0, 0, 0, 1, 2] && judged.contexts == [0, 1, 2, 2, 3])
    #expect((0..<5).map { Array(judged.targets[$0]) } == [[0, 2], [1], [1], [2], [1]])
    #expect((0..<5).map { Array(judged.seen[$0]) } == [[2], [2], [2], [0], []])
    #expect(judged.isNew == [true, false, true, true, true, true] && judged.firsts == [0, 3, 4])
    #expect(judged.trainPairs == [1, 1, 1, 1, 0])
  }

  @Test("are answered in their contexts; whoever is unknown as the average query, and by a history in no context")
  func answers() throws {
    let data = try data()
    let answers = data.answers(threads: 2)
    #expect(answers.bases == [.known, .known, .known, .known, .byFeatures])
    #expect(answers.vectors.row(0) == [1, 0, 0.5] && answers.vectors.row(1) == [0, 1, 0.5])
    #expect(answers.vectors.row(3) == [1, 0, 0] && answers.vectors.row(4) == [0, 1, 0])
    let withHistory = try self.data(history: Self.interactions([("zoe", "Alien", 3)])).answers(threads: 1)
    #expect(withHistory.bases.last == .foldedIn && withHistory.vectors.row(4) != [0, 1, 0])
    #expect(
      data.facts(answers.bases).suffix(2) == [
        .fact("test queries in contexts", "5, each judged by what was chosen in its context"),
        .fact("test queries without contexts", "3"),
      ])
  }

  @Test("count by pair in hit_rate, and in recall as the mean over users of the means over their contexts")
  func measures() throws {
    let data = try data()
    let judge = Judge(data.judged, counts: data.counts, ks: [1], ties: .expected, threads: 2)
    let judgement = judge.judge(data.answers(threads: 1).scores)
    // Seen included, the first is Alien for ann at 8 and 9 and for ben, and Brazil for ann at 20 and for zoe.
    #expect(judgement.value(.hitRate, .included, k: 1) == 3.0 / 6)
    // What is new: ann at 8 has Alien of {Alien}, at 20 Brazil, at 9 a miss; ben, who has seen Alien, ties; zoe a hit.
    let ann = (1.0 + 1 + 0) / 3
    let recall = try #require(judgement.value(.recall, .excluded, k: 1))
    let ties = try #require(
      Judge(data.judged, counts: data.counts, ks: [1], ties: .expected, threads: 1)
        .judge(data.answers(threads: 1).scores).value(.recall, .excluded, k: 1))
    #expect(recall == ties && abs(recall - (ann + 0.5 + 1) / 3) < 1e-12)
    // Three users are what intervals draw.
    let assessment = Assessment(
      [.init("two-tower", judgement)], slices: QuerySlices(), resamples: 40, seed: 1, threads: 1)
    let found = assessment.metrics.first { $0.name == "recall" && $0.seenProtocol == "seen-excluded" }
    #expect(found?.value == recall && found?.interval != nil)
  }

  @Test("are the same queries for a baseline and for a model that reads no context, or another one")
  func others() throws {
    var plain = try Self.model()
    plain.context = nil
    let data = try data(other: plain)
    let answers = try #require(data.otherAnswers(threads: 1))
    #expect(answers.bases == [.known, .known, .known, .known, .unknown])
    #expect((0..<3).map { answers.vectors.row($0) } == [[Float]](repeating: [0, 0, 0.5], count: 3))
    #expect(data.answers(threads: 1).vectors.row(1) == [0, 1, 0.5])
  }

  @Test("have the loss of training on test pairs, each in its context")
  func loss() throws {
    let data = try data()
    let rows = TestLoss(model: data.model, batchSize: 100, seed: 1).metrics(
      data.test, contexts: data.testContexts, threads: 1)
    let found = try #require(rows.first { $0.name == "loss_per_pair" }?.value)
    func loss(_ scores: [Double], _ own: Int) -> Double {
      naturalLogarithm(scores.reduce(0) { $0 + power($1) }) - scores[own]
    }
    func power(_ x: Double) -> Double { x == 0 ? 1 : x == 0.5 ? 1.6487212707001282 : 2.718281828459045 }
    // Zoe is unknown to the model.
    let morning = [1, 0, 0.5]
    let evening = [0, 1, 0.5]
    let want = loss(morning, 0) + loss(evening, 1) + loss(morning, 1) + loss([1, 0, 0], 2) + loss(morning, 2)
    #expect(abs(found - want / 5) < 1e-5)
  }

  @Test("have ratings that are predicted in the context of each row, with intervals over users")
  func ratings() throws {
    var model = try Self.model()
    // A morning is worth 1, and an evening 2.
    let weights = Matrix(rows: 7, columns: 1, values: [1, 2, 0, 0, 0, 0, 0])
    model.rating = RatingHead("stars", layers: DenseLayers(DenseLayers.Form(), matrices: [weights]))
    func rated(_ rows: [(user: String, film: String, hour: Int)]) -> Interactions {
      Interactions(
        columns: [
          Column("user", text: rows.map(\.user)), Column("film", text: rows.map(\.film)),
          Column("when", integers: rows.map { Int64($0.hour * 3600) }),
          Column("stars", reals: rows.map { $0.hour % 24 < 12 ? 1 : 2 }),
        ], rows: rows.count, roles: .init(query: "user", candidate: "film", timestamp: "when"))
    }
    let data = try EvaluationData(
      model: model, train: rated([("ann", "Casablanca", 1), ("ben", "Alien", 2)]), test: rated(Self.testRows))
    let assessment = try #require(try RatingAssessment(data, resamples: 40, seed: 1, threads: 2))
    let own = assessment.metrics.filter { $0.model == "two-tower" }
    #expect(own.map(\.value) == [0, 0] && own.allSatisfy { $0.interval.map { $0.low == 0 && $0.high == 0 } == true })
    // The mean of training is 1; one of the five ratings of ann and ben is of an evening.
    let mean = assessment.metrics.first { $0.model == "training-mean" && $0.name == "mae" }
    #expect(abs((mean?.value ?? .nan) - 0.2) < 1e-6 && mean?.interval?.low == 0)
  }

  private func next(_ model: Model, other: Model? = nil) throws -> EventSequences {
    try EventSequences(
      model: model, other: other, train: Self.interactions([("ann", "Casablanca", 1), ("ben", "Alien", 2)]),
      test: Self.interactions(Self.testRows + [("zoe", "Alien", 32)]))
  }

  @Test("are asked event by event in the context of each; whoever is unknown by what was chosen before")
  func events() throws {
    let events = try next(Self.model())
    let block = try #require(Array(IteratorSequence(EventBlocks(events))).first)
    #expect(block.testRows == [0, 2, 1, 5, 3, 4, 6], "ann, ben and zoe, each in the order of time")
    func vectors(_ contexts: EventContexts?) throws -> [[Float]] {
      let scores = AlignedFloats(7 * 16)
      try EventAnswers(
        events.model, rows: events.candidateRows.model, described: nil, contexts: contexts, threads: 1
      ).scores(block).score(0..<7, against: 0..<3, into: scores.pointer, stride: 16)
      // Each of the films has a dimension.
      return (0..<7).map { event in (0..<3).map { scores[event * 16 + $0] } }
    }
    let inContexts = try vectors(events.contexts.model)
    let morning: [Float] = [1, 0, 0.5]
    #expect(Array(inContexts[..<6]) == [morning, morning, [0, 1, 0.5], morning, [1, 0, 0], [0, 1, 0]])
    let always = try vectors(nil)
    #expect(inContexts[6] == always[6] && inContexts[0] != always[0], "zoe chose Brazil before, and is folded in")
    #expect(
      events.facts.last
        == .fact("two-tower in contexts", "answers 2 users by their own vectors in the context of each event"))
  }

  @Test("are judged event by event as well, beside a model without context, and refused where no user is asked")
  func nextJudge() throws {
    var plain = try Self.model()
    plain.context = nil
    let events = try next(Self.model(), other: plain)
    #expect(events.contexts.other == nil)
    let judge = NextJudge(
      events, ks: [1], ties: .expected,
      slices: try events.slices(fields: [], users: nil, catalog: nil, test: Self.interactions(Self.testRows)),
      threads: 2)
    // Seen included, ann at 8 and at 20 and zoe at 21 have what the hour says.
    let judgement = judge.judgement(joining: [try judge.judgeModel()])
    #expect(judgement.value(.hitRate, .included, k: 1) == 3.0 / 7)
    #expect(try judge.judgeOther() != nil)

    let names = Vocabulary(column: "previous", interactions: TextColumn(["ann", "ben"]))
    let own = try Self.model()
    var other = Model(
      vocabularies: Vocabularies(query: names, candidate: own.vocabularies.candidate), queries: own.queries,
      candidates: own.candidates)
    other.context = own.context
    #expect(throws: EvaluationError.contextOfOtherQueries(model: "previous", users: "user")) { _ = try next(other) }
  }

  @Test("are the slices of users, with what differs by context in that of the first")
  func slices() throws {
    let data = try data()
    let users = Catalog(
      columns: [Column("user", text: ["ann", "ben"]), Column("age", integers: [30, 40])], rows: 2, key: "user")
    let slices = try data.slices(data.answers(threads: 1).bases, fields: ["age"], users: users, catalog: nil)
    let ages = zip(slices.queries.names, slices.queries.queries).filter { $0.0.hasPrefix("age") }
    #expect(ages.map(\.0) == ["age=30", "age=40"] && ages.map(\.1) == [[0], [1]])
  }
}
