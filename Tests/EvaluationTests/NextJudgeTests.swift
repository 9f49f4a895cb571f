import Interactions
import Kernels
import MetricTable
import Tables
import Testing
import TwoTower

@testable import Evaluation

@Suite("Each event after the ones before it")
struct NextJudgeTests {
  private static let films = ["a", "b", "c", "d", "e"]

  private func interactions(
    _ rows: [(user: String, film: String, time: Int64)], hasTimes: Bool = true
  ) -> Interactions {
    Interactions(
      columns: [
        Column("user", text: rows.map(\.user)), Column("film", text: rows.map(\.film)),
        Column("at", integers: rows.map(\.time)),
      ], rows: rows.count, roles: .init(query: "user", candidate: "film", timestamp: hasTimes ? "at" : nil))
  }

  /// Each candidate is followed by the next one of the alphabet: as a query it points there.
  private var model: Model {
    let names = Vocabulary(column: "film", interactions: TextColumn(Self.films))
    func table(_ shift: Int) -> Matrix {
      let table = Matrix(rows: 6, columns: 6)
      for film in 0..<5 { table[film + 1, (film + shift) % 5] = 1 }
      return table
    }
    return Model(
      vocabularies: Vocabularies(
        query: Vocabulary(column: "previous_film", values: names.values, counts: names.counts), candidate: names),
      queries: table(1), candidates: table(0))
  }

  private let train: [(user: String, film: String, time: Int64)] = [
    ("ann", "b", 2), ("ann", "a", 1), ("ben", "e", 1), ("ann", "d", 9),
  ]
  /// ann: a b | c a, then d of train; zoe: e | a x; nobody else.
  private let test: [(user: String, film: String, time: Int64)] = [
    ("ann", "a", 4), ("zoe", "e", 1), ("ann", "c", 3), ("zoe", "a", 2), ("zoe", "x", 3),
  ]

  private func judge(threads: Int = 1) throws -> NextJudge {
    let test = interactions(test)
    let events = try EventSequences(model: model, train: interactions(train), test: test)
    return NextJudge(
      events, ks: [1, 2], ties: .expected,
      slices: try events.slices(fields: [], users: nil, catalog: nil, test: test), threads: threads)
  }

  @Test("has what each user chose in the order of time, and judges the rows of test alone")
  func sequences() throws {
    let events = try judge().events
    // x is no candidate, and has the number behind them.
    #expect(events.choices == JaggedArray([0, 1, 2, 0, 3, 4, 0, 5], in: [0, 0, 0, 0, 0, 1, 1, 1], count: 2))
    #expect(events.testRows == [-1, -1, 2, 0, -1, 1, 3, 4])
    #expect(events.eventCount == 5 && events.historyLength == 2 + 3 + 0 + 1 + 2 && events.trainRows == [3, 0])
    let block = try #require(Array(IteratorSequence(EventBlocks(events))).first)
    #expect(block.judged.targets.values == [2, 0, 4, 0, 5] && block.users == [0, 0, 1, 1, 1])
    #expect((0..<5).map { Array(block.judged.seen[$0]) } == [[0, 1], [0, 1, 2], [], [4], [0, 4]])
    #expect(block.newest.map { Array($0) } == [[0, 1], [0, 1, 2], [], [4], [4, 0]])
  }

  @Test("answers by the last candidate item to item, means over events and over users, unknown candidates as misses")
  func metrics() throws {
    let judge = try judge()
    let judgement = judge.judgement(joining: [try judge.judgeModel()])
    // ann: c follows b, hit; a after c, seen, and all others but d tie at 0. zoe: nothing known, five tie; a follows e,
    // hit; x is a miss.
    let tiedSecond = 1.0 / 5
    let tiedThird = 2.0 / 5
    #expect(abs((judgement.value(.hitRate, .excluded, k: 1) ?? .nan) - (1 + 0 + tiedSecond + 1 + 0) / 5) < 1e-12)
    let users = [1.0, (tiedSecond + 1 + 0) / 3]
    #expect(abs((judgement.value(.recall, .excluded, k: 1) ?? .nan) - (users[0] + users[1]) / 2) < 1e-12)
    // d is first for a after c; of what was not seen e ties with a.
    let second = (judgement.value(.hitRate, .excluded, k: 2) ?? .nan) * 5
    #expect(abs(second - (1 + 0.5 + tiedThird + 1 + 0)) < 1e-12)
  }

  @Test("gives the same on any number of threads, and baselines the same histories")
  func baselines() throws {
    let (one, three) = (try judge(), try judge(threads: 3))
    func ofModel(_ judge: NextJudge) throws -> [Metric] {
      judge.judgement(joining: [try judge.judgeModel()]).metrics("m")
    }
    #expect(try ofModel(one) == ofModel(three))
    let popular = PopularityScores(counts: one.events.counts)
    // Every candidate of train was chosen once: b and c are left for zoe after e and a, of one score.
    #expect(one.judgement(joining: [one.judge(popular)]).value(.hitRate, .included, k: 1) != nil)
    for baseline in [Baseline.recentPopularity, .itemKNN] {
      let scorer = try baseline.scorer(one.events, seed: 1, threads: 1)
      let whole = one.judgement(joining: [one.judge(scorer)]).metrics("m")
      #expect(three.judgement(joining: [three.judge(scorer)]).metrics("m") == whole)
      let parts = [0..<1, 1..<1, 1..<2].map { one.part($0).judge(scorer) }
      #expect(one.judgement(joining: parts).metrics("m") == whole)
    }
    let parts = try [0..<1, 1..<2].map { try one.part($0).judgeModel() }
    #expect(try one.judgement(joining: parts).metrics("m") == ofModel(one))
  }

  @Test("counts the rows of one event once in item-to-item data")
  func itemToItem() throws {
    let rows = [("ann", "b", "a"), ("ann", "c", "b"), ("ann", "c", "a"), ("ann", "d", "c"), ("ann", "d", "b")]
    let data = Interactions(
      columns: [
        Column("user", text: rows.map(\.0)), Column("film", text: rows.map(\.1)),
        Column("previous_film", text: rows.map(\.2)), Column("at", integers: [1, 2, 2, 3, 3]),
      ], rows: 5, roles: .init(query: "user", candidate: "film", timestamp: "at", previous: "previous_film"))
    let events = try EventSequences(model: model, train: data.selecting([0]), test: data.selecting([1, 2, 3, 4]))
    #expect(events.eventCount == 2 && events.choices == JaggedArray([1, 2, 3], in: [0, 0, 0], count: 1))
  }

  @Test("compares models of the same candidates, whatever their queries are")
  func otherQueries() throws {
    let users = Vocabulary(column: "user", interactions: TextColumn(["ann"]))
    let ofUsers = Model(
      vocabularies: Vocabularies(query: users, candidate: model.vocabularies.candidate),
      queries: Matrix(rows: 2, columns: 6), candidates: model.candidates)
    let test = interactions(test)
    let events = try EventSequences(model: ofUsers, other: model, train: interactions(train), test: test)
    let judge = NextJudge(
      events, ks: [1, 2], ties: .expected,
      slices: try events.slices(fields: [], users: nil, catalog: nil, test: test), threads: 1)
    let alone = try self.judge()
    let expected = alone.judgement(joining: [try alone.judgeModel()]).metrics("m")
    let other = try #require(try judge.judgeOther())
    #expect(judge.judgement(joining: [other]).metrics("m") == expected)
    #expect(judge.judgement(joining: [try judge.judgeModel()]).metrics("m") != expected)
  }

  @Test("refuses a second model of other candidates")
  func otherCandidates() {
    let names = Vocabulary(column: "song", interactions: TextColumn(["a"]))
    let other = Model(
      vocabularies: Vocabularies(
        query: Vocabulary(column: "user", values: names.values, counts: names.counts), candidate: names),
      queries: Matrix(rows: 2, columns: 6), candidates: Matrix(rows: 2, columns: 6))
    #expect(throws: EvaluationError.otherColumns(model: "film", other: "song")) {
      _ = try EventSequences(model: model, other: other, train: interactions(train), test: interactions(test))
    }
  }

  @Test("refuses interactions without times")
  func noTimes() {
    #expect(throws: DataError.noTimes) {
      _ = try EventSequences(
        model: model, train: interactions(train, hasTimes: false), test: interactions(test, hasTimes: false))
    }
  }
}
