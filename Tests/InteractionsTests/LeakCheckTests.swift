import Artifacts
import Kernels
import RandomNumbers
import Tables
import Testing

@testable import Interactions

@Suite("A check for leaks")
struct LeakCheckTests {
  /// A column of every kind, few values each, numbers missing here and there.
  private func data(seed: UInt64) -> Interactions {
    var random = RandomGenerator(seed: seed, stream: "leaks")
    func number(_ bound: UInt64) -> Int { Int(random.below(bound)) }
    let rows = 1 + number(40)
    func each<Value>(_ value: () -> Value) -> [Value] { (0..<rows).map { _ in value() } }
    return Interactions(
      columns: [
        Column("user", text: each { "u\(number(3))" }), Column("item", text: each { "i\(number(4))" }),
        Column("at", integers: each { number(8) == 0 ? 0 : Int64(number(2)) }),
        Column("count", integers: each { [nil, 0, 1][number(3)] }),
        Column("weight", reals: each { [nil, 0, 0.5][number(3)] }),
        Column("tags", textLists: each { [[], ["a"], ["a", "b"], ["a|b"]][number(4)] }),
      ], rows: rows, roles: .init(query: "user", candidate: "item", timestamp: "at"))
  }

  private func columns(_ data: Interactions, _ row: Int, _ count: Int) -> [String] {
    data.table.columns[..<count].map { column in
      if case .textLists(let starts, let items) = column.values {
        return "\((starts[row]..<starts[row + 1]).map { items[Int($0)] })"
      }
      return column.text(row)
    }
  }

  @Test("finds pairs in two parts, repeated rows, and rows before the end of train", arguments: 0..<150)
  func naive(seed: UInt64) throws {
    let data = data(seed: seed)
    var random = RandomGenerator(seed: seed, stream: "parts")
    let parts: [Split.Part?] = (0..<data.count).map { _ in
      let choice = Int(random.below(5))
      return choice < 4 ? Split.Part.allCases[choice] : nil
    }
    let split = Split(parts)
    let check = try LeakCheck(data, split)

    let pairs = (0..<data.count).map { columns(data, $0, 2) }
    var shared: [LeakCheck.SharedPairs] = []
    for (number, left) in Split.Part.allCases.enumerated() {
      for right in Split.Part.allCases.dropFirst(number + 1) {
        let both = Set(split[left].map { pairs[$0] }).intersection(split[right].map { pairs[$0] })
        guard let first = pairs.first(where: { both.contains($0) }) else { continue }
        shared.append(.init(parts: [left, right], count: both.count, query: first[0], candidate: first[1]))
      }
    }
    #expect(check.sharedPairs == shared)

    let rows = (0..<data.count).map { columns(data, $0, 6) }
    let repeats = rows.indices.compactMap { row in rows[..<row].firstIndex(of: rows[row]).map { (row, $0) } }
    #expect(
      check.duplicates
        == repeats.first.map { LeakCheck.Duplicates(count: repeats.count, row: $0.0, original: $0.1) })

    let times = data.table.integers("at") ?? []
    for part in [Split.Part.validation, .test] {
      let end = split.train.map { times[$0] }.max()
      let early = end.map { end in split[part].filter { times[$0] < end }.count } ?? 0
      let share = split.train.isEmpty || split[part].isEmpty ? nil : Double(early) / Double(split[part].count)
      #expect(check.beforeTrainEnds[part] == share)
    }
  }

  /// Ann's kettle stands in train and in test, Bob's brush three times in train.
  private let planted = Interactions(
    columns: [
      Column("user", text: ["ann", "bob", "ann", "bob", "bob", "cid"]),
      Column("item", text: ["kettle", "brush", "kettle", "brush", "brush", "lamp"]),
      Column("at", integers: [10, 20, 30, 20, 20, 5]),
    ], rows: 6, roles: .init(query: "user", candidate: "item", timestamp: "at"))

  @Test("prints one line per finding, with an example")
  func lines() throws {
    let check = try LeakCheck(planted, Split(train: [0, 1, 3, 4], test: [2, 5]))
    #expect(
      check.lines == [
        "1 pair stands in train and in test, such as user \"ann\" with item \"kettle\"",
        "2 rows repeat an earlier one in every column, such as row 4, which is row 2 again",
      ])
    #expect(
      check.facts(of: .test, among: [.train, .test]) == [
        .fact("pairs also in train", "1, such as user \"ann\" with item \"kettle\""),
        .fact("rows before train ends", "50.0%"), .fact("duplicate rows in the data", "2"),
      ])
    #expect(
      check.facts(of: .train, among: [.train, .test]) == [
        .fact("pairs also in test", "1, such as user \"ann\" with item \"kettle\""),
        .fact("duplicate rows in the data", "2"),
      ])
    #expect(try LeakCheck(planted, Split(train: [0], test: [1, 5])).sharedPairs.isEmpty)
    #expect(try LeakCheck(planted.selecting([0, 1, 2]), Split(train: [0], test: [1])).lines.isEmpty)
  }

  @Test("finds no rows before the end of train after a split by time, and no train pairs after one by queries")
  func rules() throws {
    for seed in 0..<20 as Range<UInt64> {
      let data = RandomData(seed: seed).interactions
      let byTime = try LeakCheck(data, Split.byTime(data, test: 5, validation: 3))
      #expect(byTime.beforeTrainEnds == [.test: 0, .validation: 0])
      let byQuery = try LeakCheck(data, Split.byQuery(data, test: 2, validation: 1, historyShare: 0.5, seed: seed))
      #expect(byQuery.sharedPairs.allSatisfy { !$0.parts.contains(.train) })
    }
  }
}
