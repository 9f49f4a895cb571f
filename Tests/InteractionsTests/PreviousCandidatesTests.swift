import Kernels
import RandomNumbers
import Tables
import Testing

@testable import Interactions

@Suite("Previous candidates")
struct PreviousCandidatesTests {
  private func data(_ rows: [(user: String, item: String, at: Int64)]) -> Interactions {
    Interactions(
      columns: [
        Column("user", text: rows.map(\.user)), Column("item", text: rows.map(\.item)),
        Column("at", integers: rows.map { Int64($0.at) }),
      ], rows: rows.count, roles: .init(query: "user", candidate: "item", timestamp: "at"))
  }

  private func triples(_ interactions: Interactions) throws -> [[String]] {
    let columns = try ["user", "previous_item", "item"].map { try interactions.text($0) }
    return (0..<interactions.count).map { row in columns.map { $0[row] } }
  }

  @Test("are those of the query's previous row in time; a query's first row has none")
  func one() throws {
    let (interactions, first) = try data([
      ("ann", "c", 30), ("bob", "x", 5), ("ann", "a", 10), ("ann", "b", 20), ("bob", "y", 4), ("eve", "z", 1),
    ]).withPrevious(1)
    #expect(try triples(interactions) == [["ann", "b", "c"], ["bob", "y", "x"], ["ann", "a", "b"]])
    #expect(first == 3)
    #expect(interactions.roles.query == "user" && interactions.roles.previous == "previous_item")
    #expect(interactions.table.columns.map(\.name) == ["user", "item", "at", "previous_item"])
    #expect(try interactions.times() == [30, 5, 20])
  }

  @Test("of equal times follow the order of the rows")
  func ties() throws {
    let (interactions, first) = try data([("a", "1", 7), ("b", "1", 7), ("a", "2", 7), ("a", "3", 7), ("b", "2", -7)])
      .withPrevious(1)
    #expect(try triples(interactions) == [["b", "2", "1"], ["a", "1", "2"], ["a", "2", "3"]])
    #expect(first == 2)
  }

  @Test("hold each distinct candidate of the window once, the nearest first")
  func window() throws {
    let rows = ["p", "q", "p", "p", "r"].enumerated().map { (user: "a", item: $1, at: Int64($0)) }
    func previous(_ window: Int) throws -> [[String]] {
      try triples(data(rows).withPrevious(window).interactions).map { Array($0.dropFirst()) }
    }
    #expect(try previous(1) == [["p", "q"], ["q", "p"], ["p", "p"], ["p", "r"]])
    #expect(try previous(2) == [["p", "q"], ["q", "p"], ["p", "p"], ["p", "p"], ["q", "p"], ["p", "r"]])
    #expect(try previous(9).suffix(2) == [["p", "r"], ["q", "r"]])
  }

  @Test("equal a row-by-row search", arguments: 0..<60)
  func naive(seed: UInt64) throws {
    var random = RandomGenerator(seed: seed, stream: "previous")
    func number(_ bound: UInt64) -> Int { Int(random.below(bound)) }
    let rows = (0..<2 + number(40)).map { _ in
      (user: "u\(number(5))", item: "i\(number(6))", at: Int64(number(8)) - 4)
    }
    let window = 1 + number(4)
    var wanted: [[String]] = []
    var first = 0
    for (place, row) in rows.enumerated() {
      let earlier = rows.indices.filter { rows[$0].user == row.user && (rows[$0].at, $0) < (row.at, place) }
        .sorted { (rows[$0].at, $0) > (rows[$1].at, $1) }
      first += earlier.isEmpty ? 1 : 0
      var items: [String] = []
      for other in earlier.prefix(window) where !items.contains(rows[other].item) { items.append(rows[other].item) }
      wanted += items.map { [row.user, $0, row.item] }
    }
    guard !wanted.isEmpty else {
      #expect(throws: DataError.noPrevious(query: "user")) { try data(rows).withPrevious(window) }
      return
    }
    let found = try data(rows).withPrevious(window)
    #expect(try triples(found.interactions) == wanted)
    #expect(found.first == first)
  }

  @Test("are refused in one line without times, without a second row, or if the column exists")
  func refusals() throws {
    let untimed = Interactions(
      columns: [Column("user", text: ["a", "a"]), Column("item", text: ["x", "y"])], rows: 2,
      roles: .init(query: "user", candidate: "item"))
    #expect(throws: DataError.noTimes) { try untimed.withPrevious(1) }
    #expect(throws: DataError.noPrevious(query: "user")) { try data([("a", "x", 1), ("b", "x", 2)]).withPrevious(3) }
    let texts = ["user", "item", "previous_item"].map { Column($0, text: ["a", "a"]) }
    let named = Interactions(
      columns: texts + [Column("at", integers: [1, 2])], rows: 2,
      roles: .init(query: "user", candidate: "item", timestamp: "at"))
    #expect(throws: DataError.columnExists("previous_item")) { try named.withPrevious(1) }
    #expect(
      "\(DataError.columnExists("previous_item"))"
        == "the data has a column \"previous_item\" already; rename it, or ingest without \"previous\"")
    #expect(
      "\(DataError.noPrevious(query: "user"))" == "no user has two rows, so that nothing was chosen before")
  }
}
