import Artifacts
import Interactions
import RandomNumbers
import Tables
import TestKit
import Testing

@testable import DataChecks

@Suite("Data statistics")
struct StatisticsTests {
  @Test("are read back as they were written")
  func written() throws {
    let scratch = try Scratch()
    var data = MadeData.days([Int](repeating: 300, count: 20))
    data.ratings[4] = nil
    for row in 0..<6_000 where row != 4 { data.ratings[row] = Double(row) / 7 }
    for row in 6_000..<9_500 { data.add("u1", "i1", at: 1_728_000_000, rating: Double(row) / 7) }
    let statistics = try data.statistics()
    #expect(statistics.column("rating", of: "interactions")?.isDistinctExact == false)
    try statistics.publish(to: scratch.file("statistics"), lineage: .none)
    var read = try DataStatistics(ArtifactFile(path: scratch.file("statistics"), type: DataStatistics.type))
    read.times = statistics.times
    #expect(read == statistics)
  }

  @Test("count what is there")
  func counted() throws {
    var data = MadeData()
    for (user, item, time) in [("a", "x", 5), ("a", "x", 5), ("a", "x", 9), ("b", "x", 5), ("b", "y", 1)] {
      data.add(user, item, at: 1_700_000_000 + Int64(time), rating: Double(time), device: user == "b" ? "" : "tv")
    }
    let statistics = try data.statistics()
    #expect(statistics.rows == 5 && statistics.queries == 2 && statistics.candidates == 2)
    #expect(statistics.repeatedPairs == 2 && statistics.repeatedRows == 1)
    #expect(statistics.days == [DayRows(day: 19_675, rows: 5)])
    #expect(statistics.activity.steps.map(\.things) == [0, 2] && statistics.activity.greatest == 3)
    let rating = try #require(statistics.column("rating", of: "interactions"))
    #expect(rating.least == 1 && rating.mean == 5 && rating.greatest == 9 && rating.quantiles == [1, 5, 5, 5, 9])
    #expect(rating.top == [CountedValue("5", rows: 3), CountedValue("1", rows: 1), CountedValue("9", rows: 1)])
    let device = try #require(statistics.column("device", of: "interactions"))
    #expect(device.missing == 2 && device.distinct == 1 && device.values == 3)
  }

  @Test("a catalog's lists are counted by their items")
  func lists() throws {
    let scratch = try Scratch()
    let catalog = Catalog(
      columns: [
        Column("item", text: ["x", "y", "z"]), Column("genres", textLists: [["a", "b"], [], ["b"]]),
      ], rows: 3, key: "item")
    try catalog.publish(to: scratch.file("catalog"), type: Catalog.candidates, lineage: .none)
    let statistics = try DataProfiler().statistics(
      of: MadeData.days([10]).file(scratch), catalog: ArtifactFile(path: scratch.file("catalog")))
    let genres = try #require(statistics.column("genres", of: "catalog"))
    #expect(genres.missing == 1 && genres.distinct == 2 && genres.values == 3)
    #expect(genres.top == [CountedValue("b", rows: 2), CountedValue("a", rows: 1)])
  }

  @Test("rows that repeat are the same in however many parts they are counted", arguments: [1, 7, 100, 5_000])
  func parts(most: Int) throws {
    var data = MadeData.days([Int](repeating: 50, count: 40))
    for row in data.times.indices { data.times[row] = Int64(row % 3) }
    let table = try TableFile("interactions", from: data.file(Scratch()))
    let users = try #require(Table("interactions", from: data.file(Scratch())).text("user"))
    let found = try RepeatedRows(
      table, query: "user", candidate: "item", timestamp: "at", counts: users.counts, most: most)
    var (pairs, rows): (Set<[String]>, Set<[String]>) = ([], [])
    for row in data.users.indices {
      pairs.insert([data.users[row], data.items[row]])
      rows.insert([data.users[row], data.items[row], "\(row % 3)"])
    }
    #expect(found.pairs == 2_000 - pairs.count && found.rows == 2_000 - rows.count)
  }

  @Test("distinct numbers are counted, and estimated within some hundredths beyond the bound")
  func distinct() {
    var few = DistinctNumbers()
    for number in 0..<40_000 { few.take(Double(number % 8_000)) }
    #expect(few.isExact && few.count == 8_000 && few.sorted.allSatisfy { $0.rows == 5 })
    var many = DistinctNumbers()
    for number in 0..<500_000 { many.take(Double(number)) }
    #expect(!many.isExact && abs(many.count - 500_000) < 25_000, "\(many.count)")
    var zeros = DistinctNumbers()
    zeros.take(0)
    zeros.take(-0.0)
    #expect(zeros.count == 1)
  }

  @Test("the most frequent come first, ties by place, whatever the number of ties")
  func frequent() {
    #expect(MostFrequent.places([3, 1, 3, 0, 2, 2, 1], most: 4) == [0, 2, 4, 5])
    #expect(MostFrequent.places([1, 1, 1, 1], most: 2) == [0, 1])
    #expect(MostFrequent.places([100_000, 70_000, 5], most: 2) == [0, 1])
    #expect(MostFrequent.places([0, 0], most: 2) == [])
  }

  @Test("the share of new identifiers is exact for few, and near for many")
  func newShare() {
    func sketch(_ range: Range<Int>) -> IdentifierSketch {
      let names = TextColumn(range.map { "user-\($0)" }).dictionary
      return IdentifierSketch(names, used: [Int](repeating: 1, count: names.count))
    }
    #expect(sketch(500..<1_500).newShare(after: sketch(0..<1_000)) == 0.5)
    let estimate = sketch(20_000..<120_000).newShare(after: sketch(0..<100_000))
    #expect(abs((estimate ?? 0) - 0.2) < 0.02, "\(estimate ?? -1)")
    #expect(sketch(0..<100_000).newShare(after: sketch(0..<100_000)) == 0)
    #expect(sketch(0..<0).newShare(after: sketch(0..<9)) == nil)
  }
}
