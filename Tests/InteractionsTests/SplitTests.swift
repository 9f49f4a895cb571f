import Kernels
import RandomNumbers
import Tables
import Testing

@testable import Interactions

/// Small random data with many repeats and many equal times.
struct RandomData {
  var random: RandomGenerator
  let hasTimes: Bool
  let interactions: Interactions

  init(seed: UInt64, hasTimes: Bool = true) {
    var random = RandomGenerator(seed: seed, stream: "test")
    func numbers(_ count: Int, below bound: UInt64) -> [Int] { (0..<count).map { _ in Int(random.below(bound)) } }
    let rows = 12 + Int(random.below(60))
    var columns = [
      Column("user", text: numbers(rows, below: 9).map { "u\($0)" }),
      Column("item", text: numbers(rows, below: 7).map { "i\($0)" }),
    ]
    if hasTimes { columns.append(Column("at", integers: numbers(rows, below: 10).map { Int64($0) })) }
    interactions = Interactions(
      columns: columns, rows: rows,
      roles: .init(query: "user", candidate: "item", timestamp: hasTimes ? "at" : nil))
    self.random = random
    self.hasTimes = hasTimes
  }

  mutating func below(_ bound: Int) -> Int { Int(random.below(UInt64(bound))) }

  var users: [String] { (0..<interactions.count).map { interactions.table.columns[0].text($0) } }
  /// What orders rows in time.
  var moments: [[Int64]] { (interactions.table.integers("at") ?? []).enumerated().map { [$1, Int64($0)] } }
}

extension Split {
  var all: [Int] { Part.allCases.flatMap { self[$0] } }

  /// No row in two parts, all of them there, each part in the order of the data.
  func isPartition(of rows: Int) -> Bool {
    all.sorted() == Array(0..<rows) && Part.allCases.allSatisfy { self[$0] == self[$0].sorted() }
  }
}

private func precede(_ left: [[Int64]], _ right: [[Int64]]) -> Bool {
  left.allSatisfy { early in right.allSatisfy { early.lexicographicallyPrecedes($0) } }
}

@Suite("A split")
struct SplitTests {
  @Test("by a seed refuses sizes whose sum overflows")
  func immense() throws {
    let interactions = RandomData(seed: 1).interactions
    for rule in [
      SplitRule.random(train: .max, test: nil, validation: .max, seed: 1),
      .random(train: nil, test: .max, validation: 1, seed: 1),
      .random(train: nil, test: nil, validation: .max, seed: 1),
    ] {
      #expect(throws: DataError.tooFewRows(needed: .max, there: interactions.count)) {
        try rule.split(interactions, parts: [])
      }
    }
  }

  @Test("by a seed equals the recorded one")
  func frozen() throws {
    #expect(
      try Split.random(rows: 10, train: 6, test: 3, seed: 42) == Split(train: [1, 3, 4, 5, 8, 9], test: [2, 6, 7]))
    #expect(
      try Split.random(rows: 10, train: 6, test: 3, validation: 1, seed: 42)
        == Split(train: [1, 3, 4, 5, 8, 9], test: [2, 6, 7], validation: [0]))
  }

  @Test("has the requested sizes, each row once, in the order of the data")
  func shape() throws {
    for (rows, train, test) in [(1000, 800, 200), (1000, 10, 5), (7, 0, 7), (0, 0, 0)] {
      let split = try Split.random(rows: rows, train: train, test: test, seed: 1)
      #expect(split.train.count == train && split.test.count == test)
      #expect(split.train == split.train.sorted() && split.test == split.test.sorted())
      #expect(Set(split.train + split.test).count == train + test)
      #expect((split.train + split.test).allSatisfy { 0..<rows ~= $0 })
    }
    #expect(throws: DataError.tooFewRows(needed: 8, there: 7)) { try Split.random(rows: 7, train: 4, test: 4, seed: 1) }
    #expect(throws: DataError.tooFewRows(needed: 8, there: 7)) {
      try Split.random(rows: 7, train: 3, test: 4, validation: 1, seed: 1)
    }
    #expect(throws: DataError.self) { try Split.random(rows: 7, train: .max, test: 4, validation: 4, seed: 1) }
  }

  @Test("at random takes train, test and validation from one permutation in this order", arguments: 0..<40)
  func random(seed: UInt64) throws {
    var random = RandomGenerator(seed: seed, stream: "sizes")
    let sizes = (0..<4).map { _ in Int(random.below(20)) }
    let rows = sizes.reduce(0, +)
    let split = try Split.random(rows: rows, train: sizes[0], test: sizes[1], validation: sizes[2], seed: seed)
    var drawing = RandomGenerator(seed: seed, stream: "split")
    let order = drawing.permutation(rows)
    #expect(split.train == order[..<sizes[0]].sorted())
    #expect(split.test == order[sizes[0]..<sizes[0] + sizes[1]].sorted())
    #expect(split.validation == order[(sizes[0] + sizes[1])...].prefix(sizes[2]).sorted())
    #expect(split.all.count == rows - sizes[3])
    let without = try Split.random(rows: rows, train: sizes[0], test: sizes[1], seed: seed)
    #expect(without == Split(train: split.train, test: split.test))
  }

  @Test(
    "by time has no train row later than validation, and no validation row later than test", arguments: 0..<60)
  func time(seed: UInt64) throws {
    var data = RandomData(seed: seed)
    let rows = data.interactions.count
    let (test, validation) = (1 + data.below(rows / 2), data.below(rows / 2))
    let split = try Split.byTime(data.interactions, test: test, validation: validation)
    #expect(split.isPartition(of: rows))
    #expect(split.test.count == test && split.validation.count == validation)
    let moments = data.moments
    func of(_ rows: [Int]) -> [[Int64]] { rows.map { moments[$0] } }
    #expect(precede(of(split.train), of(split.validation)))
    #expect(precede(of(split.train + split.validation), of(split.test)))
    // The validation part comes out of train alone.
    #expect(try Split.byTime(data.interactions, test: test).test == split.test)
    #expect(throws: DataError.tooFewRows(needed: rows + 1, there: rows)) {
      try Split.byTime(data.interactions, test: rows, validation: 1)
    }
  }

  @Test("by last rows takes them from each query that keeps at least one train row", arguments: 0..<60)
  func last(seed: UInt64) throws {
    var data = RandomData(seed: seed)
    let (count, validation) = (1 + data.below(4), data.below(4))
    let split = try Split.last(count, of: data.interactions, validation: validation)
    #expect(split.isPartition(of: data.interactions.count))
    let (users, moments) = (data.users, data.moments)
    for user in Set(users) {
      let rows = users.indices.filter { users[$0] == user }
        .sorted { moments[$0].lexicographicallyPrecedes(moments[$1]) }
      func part(_ part: [Int]) -> [Int] { rows.filter { part.contains($0) } }
      let test = rows.count > count ? count : 0
      let before = rows.dropLast(test)
      let chosen = test == 0 ? 0 : min(validation, before.count - 1)
      #expect(part(split.test) == Array(rows.suffix(test)))
      #expect(part(split.validation) == Array(before.suffix(chosen)))
      #expect(part(split.train) == Array(before.dropLast(chosen)))
    }
  }

  @Test("by queries holds out whole queries, with their oldest rows as history", arguments: 0..<60)
  func queries(seed: UInt64) throws {
    var data = RandomData(seed: seed, hasTimes: seed % 2 == 0)
    let users = data.users
    let (test, validation) = (1 + data.below(3), data.below(3))
    let share = Double(data.below(10)) / 10
    func split(_ validation: Int, _ seed: UInt64) throws -> Split {
      try Split.byQuery(data.interactions, test: test, validation: validation, historyShare: share, seed: seed)
    }
    let parts = try split(validation, seed)
    #expect(parts.isPartition(of: users.count))
    #expect(try parts == split(validation, seed))
    func names(_ rows: [Int]) -> Set<String> { Set(rows.map { users[$0] }) }
    #expect(names(parts.test).count == test && names(parts.validation).count == validation)
    #expect(names(parts.test).isDisjoint(with: names(parts.validation)))
    #expect(names(parts.train).isDisjoint(with: names(parts.test + parts.validation + parts.history)))
    #expect(names(parts.history).isSubset(of: names(parts.test + parts.validation)))
    for user in names(parts.test + parts.validation) {
      let rows = users.indices.filter { users[$0] == user }
      let history = rows.filter { parts.history.contains($0) }
      #expect(history.count == min(rows.count - 1, Int((Double(rows.count) * share).rounded())))
      guard data.hasTimes else { continue }
      let moments = data.moments
      let rest = rows.filter { !history.contains($0) }
      #expect(precede(history.map { moments[$0] }, rest.map { moments[$0] }))
    }
    // Who is tested hangs neither on the validation part nor on the share of history.
    #expect(names(try split(0, seed).test) == names(parts.test))
    #expect(throws: DataError.tooFewQueries(needed: 9 + test, column: "user", there: Set(users).count)) {
      try split(9, seed)
    }
  }

  @Test("by queries depends on the seed, and so does the history without times")
  func seeds() throws {
    let users = (0..<400).map { "u\($0 % 40)" }
    let data = Interactions(
      columns: [Column("user", text: users)], rows: 400, roles: .init(query: "user", candidate: "user"))
    let splits = try (0..<5).map { seed in
      try Split.byQuery(data, test: 39, historyShare: 0.5, seed: UInt64(seed))
    }
    #expect(Set(splits.map(\.train)).count > 1)
    #expect(Set(splits.map(\.history)).count == 5)
  }

  @Test("by a column follows the column's values")
  func field() throws {
    let interactions = Interactions(
      columns: [
        Column("u", text: ["a", "b", "c", "d", "e"]),
        Column("part", text: ["test", "train", "other", "train", "validation"]),
      ],
      rows: 5, roles: .init(query: "u", candidate: "u"))
    #expect(try Split.byField("part", of: interactions) == Split(train: [1, 3], test: [0]))
    #expect(
      try Split.byField("part", of: interactions, validation: true)
        == Split(train: [1, 3], test: [0], validation: [4]))
    #expect(throws: DataError.self) { try Split.byField("parts", of: interactions) }
    let names = ["a", "b", "c", "d", "e"]
    #expect(throws: DataError.noPart("train", column: "u", there: names)) { try Split.byField("u", of: interactions) }
    #expect(throws: DataError.noPart("validation", column: "part", there: ["test", "train"])) {
      try Split.byField("part", of: interactions.selecting([0, 1]), validation: true)
    }
  }

  @Test("by time requires a time in every row")
  func noTimes() throws {
    let without = RandomData(seed: 1, hasTimes: false).interactions
    #expect(throws: DataError.noTimes) { try Split.byTime(without, test: 1) }
    #expect(throws: DataError.noTimes) { try Split.last(1, of: without) }
    let missing = Interactions(
      columns: [Column("u", text: ["a", "b"]), Column("at", integers: [3, nil])], rows: 2,
      roles: .init(query: "u", candidate: "u", timestamp: "at"))
    #expect(throws: DataError.missingNumber(column: "at", row: 1)) { try Split.byTime(missing, test: 1) }
    #expect(throws: DataError.missingNumber(column: "at", row: 1)) {
      try Split.byQuery(missing, test: 1, historyShare: 0.5, seed: 1)
    }
  }
}
