import Artifacts
import Features
import Interactions
import Kernels
import RandomNumbers
import Tables
import Testing
import TwoTower

@testable import Evaluation

@Suite("Unknown queries")
struct UnknownQueryTests {
  private static let vocabularies = Vocabularies(
    query: Vocabulary(column: "user", interactions: TextColumn(["ann", "ben"])),
    candidate: Vocabulary(column: "film", interactions: TextColumn(["Alien", "Brazil", "Casablanca", "Dune"])))

  private func model() -> Model {
    var random = RandomGenerator(seed: 3)
    func table(_ rows: Int) -> Matrix {
      Matrix(rows: rows, columns: 5, values: (0..<rows * 5).map { _ in random.uniform() - 0.5 })
    }
    return Model(vocabularies: Self.vocabularies, queries: table(3), candidates: table(5))
  }

  /// Numbers of raw ids.
  private struct Data {
    var queries = IDMap(vocabularies.query)
    var candidates = IDMap(vocabularies.candidate)

    mutating func pairs(_ pairs: [(String, String)]) -> NumberedPairs {
      NumberedPairs(
        queries: queries.numbers(of: TextColumn(pairs.map(\.0))),
        candidates: candidates.numbers(of: TextColumn(pairs.map(\.1))))
    }
  }

  @Test("are judged one by one, and unknown candidates count as distinct misses")
  func apart() {
    var data = Data()
    let test = data.pairs([
      ("zoe", "Alien"), ("yan", "Brazil"), ("ann", "Eraserhead"), ("ann", "Fargo"), ("zoe", "Dune"),
    ])
    let judged = JudgedQueries(
      test: test, train: data.pairs([("yan", "Alien")]), queryCount: data.queries.count,
      candidateCount: data.candidates.known)
    #expect(judged.queries == [0, 2, 3])
    let yan = data.queries.numbers(of: TextColumn(["yan"]))[0]
    #expect(judged.queries.map { judged.targets[Int(max($0 - 1, 0))].count } == (yan == 2 ? [2, 1, 2] : [2, 2, 1]))
    #expect(judged.queries.indices.map { judged.history($0).isEmpty } == judged.queries.map { $0 != yan })
    let scores = FixedScores(lines: [[Float]](repeating: [4, 3, 2, 1], count: 3))
    let judge = Judge(judged, counts: [1, 0, 0, 0], ks: [1], ties: .optimistic, threads: 1)
    // ann finds neither of two, zoe one of two; yan finds the second candidate only where the first does not compete.
    let recall = judge.judge(scores).value(.recall, .included, k: 1) ?? .nan
    #expect(abs(recall - 0.5 / 3) < 1e-12)
    let unseen = judge.judge(scores).value(.recall, .excluded, k: 1) ?? .nan
    #expect(abs(unseen - 1.5 / 3) < 1e-12)
  }

  @Test("that are candidates themselves have seen only themselves")
  func itemToItem() {
    let judged = JudgedQueries(
      test: NumberedPairs(queries: [0, 1], candidates: [1, 0]),
      train: NumberedPairs(queries: [0, 0, 1], candidates: [1, 2, 2]),
      seen: NumberedPairs(queries: [0, 1, 2], candidates: [0, 1, 2]), queryCount: 3, candidateCount: 3)
    #expect(judged.queries.indices.map { Array(judged.history($0)) } == [[0], [1]])
    #expect(judged.isNew == [true, true])
    #expect(judged.trainPairs == [2, 1])
  }

  @Test("are folded in from their history, which counts as seen; known queries keep their vectors")
  func folded() {
    let model = model()
    var data = Data()
    let test = data.pairs([("ann", "Alien"), ("zoe", "Alien"), ("yan", "Alien")])
    let history = data.pairs([("zoe", "Dune"), ("zoe", "Brazil"), ("ann", "Dune"), ("yan", "Nosferatu")])
    let judged = JudgedQueries(
      test: test, train: data.pairs([("ben", "Dune")]), history: history, queryCount: data.queries.count,
      candidateCount: data.candidates.known)
    let answers = ModelAnswers(
      model, judged, queryRows: data.queries.rows(of: Self.vocabularies.query),
      candidateRows: [1, 2, 3, 4].map { EmbeddingRow(index: $0) }, threads: 2)
    let zoe = judged.queries.firstIndex(of: data.queries.numbers(of: TextColumn(["zoe"]))[0]) ?? -1
    let yan = 3 - zoe
    #expect(answers.bases[0] == .known && answers.bases[zoe] == .foldedIn && answers.bases[yan] == .unknown)
    #expect(Array(judged.history(0)) == [3] && Array(judged.history(zoe)) == [1, 3])
    func line(_ vector: [Float]) -> [Float] {
      (1...4).map { row in zip(vector, model.candidates.row(row)).reduce(Float(0)) { $0.addingProduct($1.0, $1.1) } }
    }
    let block = AlignedFloats(3 * 16)
    answers.scores.score(0..<3, against: 0..<4, into: block.pointer, stride: 16)
    let folded = FoldIn(model).vectors(for: [[CandidateNumber(1), CandidateNumber(3)]], threads: 1).row(0)
    for (place, vector) in [(0, model.queries.row(1)), (zoe, folded), (yan, model.queries.row(0))] {
      #expect((0..<4).map { block[place * 16 + $0] } == line(vector))
    }
  }

  @Test("are scored by a second model's own vocabularies; it never retrieves candidates it lacks")
  func otherVocabulary() {
    var data = Data()
    let other = Vocabularies(
      query: Vocabulary(column: "user", interactions: TextColumn(["ben", "zoe"])),
      candidate: Vocabulary(column: "film", interactions: TextColumn(["Brazil", "Dune", "Eraserhead"])))
    let otherRows = data.candidates.rows(of: other.candidate)
    let count = data.candidates.count
    #expect(otherRows.map(\.index) == [0, 1, 0, 2, 3] && count == 5)
    let judged = JudgedQueries(
      test: data.pairs([("ben", "Alien"), ("zoe", "Dune")]), train: data.pairs([]), queryCount: data.queries.count,
      candidateCount: count)
    let model = Model(initialising: other, dimension: 3, seed: 1)
    let answers = ModelAnswers(
      model, judged, queryRows: data.queries.rows(of: other.query), candidateRows: otherRows, threads: 1)
    #expect(answers.bases == [.known, .known])
    let block = AlignedFloats(2 * 16)
    answers.scores.score(0..<2, against: 0..<5, into: block.pointer, stride: 16)
    #expect((0..<5).map { block[$0].isNaN } == [true, false, true, false, false])
    let wanted = zip(model.queries.row(2), model.candidates.row(2)).reduce(Float(0)) { $0.addingProduct($1.0, $1.1) }
    #expect(block[16 + 3] == wanted)
  }

  /// The model with ages in its query tower: those below 30, and those from 30 on.
  private func describedModel() throws -> Model {
    var model = model()
    let ages = DescribedThings(
      Table("users", rows: 2, columns: [Column("age", integers: [20, 30])]), name: "the users", numbers: [0, 1],
      count: 2)
    model.features[.query] = FeatureVectors(
      try FeatureSet(["age: buckets 2"], of: ages),
      table: Matrix(rows: 2, columns: 5, values: (1...10).map { Float($0) }), isNormalised: false)
    return model
  }

  private static let users = Catalog(
    columns: [
      Column("user", text: ["ann", "zoe", "yan", "xia"]), Column("age", integers: [20, 25, nil, 35]),
    ], rows: 4, key: "user")

  private func interactions(_ pairs: [(String, String)]) -> Interactions {
    Interactions(
      columns: [
        Column("user", text: pairs.map(\.0)), Column("film", text: pairs.map(\.1)),
        Column("at", integers: pairs.indices.map { Int64($0) }),
      ], rows: pairs.count, roles: .init(query: "user", candidate: "film", timestamp: "at"))
  }

  @Test("are answered by their features where they chose nothing, and the table and the model have some")
  func byFeatures() throws {
    let (train, test) = (
      interactions([("ann", "Alien")]),
      interactions([("ann", "Dune"), ("zoe", "Dune"), ("yan", "Dune"), ("xia", "Dune"), ("wes", "Dune")])
    )
    let data = try EvaluationData(
      model: describedModel(), other: model(), train: train, test: test, history: interactions([("xia", "Alien")]),
      users: Self.users)
    let answers = data.answers(threads: 2)
    #expect(
      answers.bases.map(\.slice).sorted() == [
        "folded-in queries", "known queries", "queries by features", "unknown queries", "unknown queries",
      ])
    let zoe = try #require(answers.bases.firstIndex(of: .byFeatures))
    #expect(answers.vectors.row(zoe) == [1, 2, 3, 4, 5])
    #expect(data.otherAnswers(threads: 1)?.bases.contains(.byFeatures) == false, "its tower has none")
    let fact = Summary.Item.fact(
      "test queries", "1 known, 1 folded in from their history, 1 by their features, 2 unknown")
    #expect(data.facts(answers.bases).contains(fact))
  }

  @Test("are answered by their features as long as they chose nothing, event by event")
  func events() throws {
    let events = try EventSequences(
      model: describedModel(), train: interactions([("ann", "Alien")]),
      test: interactions([("zoe", "Dune"), ("zoe", "Alien"), ("yan", "Dune")]), users: Self.users)
    let block = try #require(Array(IteratorSequence(EventBlocks(events))).first)
    let answers = try EventAnswers(
      events.model, rows: events.candidateRows.model, described: events.described.model, threads: 1
    ).scores(block)
    // Yan comes before zoe by bytes; her first event is by age, her second by what she chose.
    let scores = AlignedFloats(3 * 16)
    answers.score(0..<3, against: 0..<4, into: scores.pointer, stride: 16)
    func line(_ vector: [Float]) -> [Float] {
      (1...4).map { row in
        zip(vector, events.model.candidates.row(row)).reduce(Float(0)) { $0.addingProduct($1.0, $1.1) }
      }
    }
    func row(_ event: Int) -> [Float] { (0..<4).map { scores[event * 16 + $0] } }
    #expect(row(0) == line(events.model.queries.row(0)) && row(1) == line([1, 2, 3, 4, 5]))
    #expect(row(2) != row(1))
  }
}
