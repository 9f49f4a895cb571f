import Artifacts
import TestKit
import Testing

@testable import DataChecks

@Suite("Anomalies without any expectation")
struct AnomalyTests {
  private static let steady = [Int](repeating: 100, count: 40)

  @Test("steady days are not odd, and neither are data of ten rows, one user, one item or no times")
  func nothing() throws {
    #expect(try MadeData.days(Self.steady).anomalies().isEmpty)
    var noTimes = MadeData.days(Self.steady)
    noTimes.hasTimes = false
    #expect(try noTimes.anomalies().isEmpty)
    var (ten, user, item) = (MadeData(), MadeData(), MadeData())
    for number in 0..<10 { ten.add("u\(number % 3)", "i\(number)", at: Int64(1_700_000_000 + number * 4_000_000)) }
    for number in 0..<2_000 {
      user.add("me", "i\(number)", at: Int64(1_700_000_000 + number * 3600), rating: Double(number % 3))
      item.add("u\(number)", "it", at: Int64(1_700_000_000 + number * 3600), rating: Double(number % 3))
    }
    for data in [ten, user, item] { #expect(try data.anomalies().isEmpty) }
  }

  @Test("times in milliseconds among seconds are reported with their unit and rows")
  func milliseconds() throws {
    var data = MadeData.days(Self.steady)
    for row in 3_000..<3_040 { data.times[row] = (data.times[row] ?? 0) * 1000 }
    let found = try data.anomalies()
    #expect(found.map(\.rule) == [.times] && found[0].severity == .error)
    #expect(
      found[0].found == "40 of 4000 times are implausible; 40 of them would be plausible in milliseconds",
      "\(found[0].found)")
    #expect(found[0].examples.count == 3 && found[0].examples[0].hasPrefix("row 3001: user u"))
  }

  @Test("times before 1990 and far beyond all others are implausible; a single one of thousands only warns")
  func farTimes() throws {
    var data = MadeData.days(Self.steady)
    data.times[5] = 0
    data.times[6] = 4_000_000_000
    let found = try data.anomalies()
    #expect(found.map(\.rule) == [.times] && found[0].severity == .warning)
    #expect(found[0].examples.contains { $0.contains("at 0 (1970-01-01 00:00:00)") })
    #expect(found[0].examples.contains { $0.contains("(2096-10-02 07:06:40)") })
    // Its owner knows better.
    var expectations = Expectations()
    (expectations.times.earliest, expectations.times.latest) = (0, 60_000)
    #expect(try !data.anomalies(expectations).contains { $0.rule == .times })
  }

  @Test("times that are counters are said to be, and no day is judged")
  func counters() throws {
    var data = MadeData.days(Self.steady)
    for row in data.times.indices { data.times[row] = Int64(row) }
    let found = try data.anomalies()
    #expect(found.map(\.severity) == [.warning] && found[0].found.contains("as counters are"))
  }

  @Test("a last day that is half empty is an error that shows its newest row")
  func halfEmpty() throws {
    let found = try MadeData.days(Self.steady.dropLast() + [30]).anomalies()
    #expect(found.map(\.rule) == [.lastDay] && found[0].severity == .error)
    #expect(found[0].found == "2024-11-12, the last day, has 30 rows, 30 % of what days before had")
    #expect(found[0].examples.count == 1 && found[0].examples[0].hasPrefix("row 39"))
    var expectations = Expectations()
    expectations.lastDay.leastShare = 0.25
    #expect(try MadeData.days(Self.steady.dropLast() + [30]).anomalies(expectations).isEmpty)
  }

  @Test("a day that is missing is an error where as-of names it, and days behind it are not judged")
  func missingDay() throws {
    let whole = MadeData.days(Self.steady)
    let last = try #require(DayRows.day("2024-11-12"))
    #expect(try whole.anomalies(asOf: last).isEmpty)
    let found = try whole.anomalies(asOf: last + 1)
    #expect(found.map(\.rule) == [.lastDay] && found[0].severity == .error)
    #expect(
      found[0].found
        == "2024-11-13, the day of as-of, has no rows; the last day before that has is 2024-11-12")
    #expect(found[0].expected.hasPrefix("about 100 rows, the median of"))
    #expect(try MadeData.days(Self.steady.dropLast() + [30]).anomalies(asOf: last - 1).isEmpty)
    // Two days are too few to say how many rows are usual.
    let third = MadeData.firstDay + 2
    #expect(try MadeData.days([100, 100]).anomalies(asOf: third).map(\.expected) == ["rows of that day"])
  }

  @Test("a column that is constant or empty on the last day was not before")
  func lastDayColumns() throws {
    var constant = MadeData.days(Self.steady)
    for row in 3_900..<4_000 { constant.ratings[row] = 3 }
    #expect(try constant.anomalies().map(\.subject) == ["interactions.rating"])
    #expect(try constant.anomalies()[0].found == "all 100 rows of 2024-11-12, the last day, have \"3\"")
    var empty = MadeData.days(Self.steady)
    for row in 3_900..<4_000 { empty.devices[row] = "" }
    #expect(try empty.anomalies().map(\.subject) == ["interactions.device"])
    #expect(try empty.anomalies()[0].found.hasPrefix("100 % of the rows of 2024-11-12"))
  }

  @Test("a robot with half of all rows only warns, and is named")
  func robot() throws {
    var data = MadeData.days(Self.steady)
    for row in 0..<2_000 { data.users[row * 2] = "robot" }
    let found = try data.anomalies()
    #expect(found.map(\.severity) == [.warning] && found[0].found == "\"robot\" has 2000 of 4000 rows, 50 %")
    #expect(found[0].examples.count == 3)
  }

  @Test("ratings that are all the same only warn; after others they are an error, as is a column that is gone")
  func constants() throws {
    let before = try MadeData.days(Self.steady).statistics()
    var data = MadeData.days(Self.steady)
    for row in data.ratings.indices { data.ratings[row] = 1 }
    #expect(try data.anomalies().map(\.severity) == [.warning])
    #expect(
      try data.anomalies(after: before).contains { $0.severity == .error && $0.found == "all 4000 rows have \"1\"" })
    data = MadeData.days(Self.steady)
    data.hasTimes = false
    #expect(
      try data.anomalies(after: before).map(\.found) == [
        "no such column; there are user, item, rating, device"
      ])
  }

  @Test("half of the rows of earlier data are too few, and rows that came twice are seen")
  func rows() throws {
    let before = try MadeData.days(Self.steady).statistics()
    let found = try MadeData.days([Int](repeating: 40, count: 40)).anomalies(after: before)
    #expect(found.contains { $0.rule == .rows && $0.found == "1600 rows, 40 % of the 4000 before" })
    var twice = MadeData.days(Self.steady)
    for row in 0..<4_000 {
      twice.add(
        twice.users[row], twice.items[row], at: twice.times[row], rating: twice.ratings[row],
        device: twice.devices[row])
    }
    #expect(try twice.anomalies().map(\.rule) == [.repeatedRows])
    #expect(try twice.anomalies()[0].found.hasPrefix("4000 rows, 50 %, have the user, item and at of an earlier row"))
  }

  @Test("a verdict is read back, refuses failed data and other data, and goes on where that is wished")
  func verdict() throws {
    let scratch = try Scratch()
    let bad = try MadeData.days(Self.steady.dropLast() + [30]).file(scratch, "bad")
    let other = try MadeData.days(Self.steady).file(scratch, "other")
    let statistics = try DataProfiler().statistics(of: bad)
    let made = try DataCheck(statistics, Expectations(), CheckedTables(interactions: bad)).verdict()
    try made.publish(to: scratch.file("verdict"), lineage: .none)
    let verdict = try PublishedDataVerdict(ArtifactFile(path: scratch.file("verdict"), type: DataVerdict.type))
    #expect(verdict.answer == .failed && verdict.statement == made.statement)
    let refusal = #expect(throws: DataCheckError.self) {
      try verdict.check(bad, allowsFailed: false) { _ in Issue.record("a note") }
    }
    #expect(refusal == .failedCheck(made.statement))
    var notes: [String] = []
    try verdict.check(bad, allowsFailed: true) { notes.append($0) }
    #expect(notes == ["goes on in spite of failed data: \(made.statement)"])
    #expect(throws: DataCheckError.otherData(judged: bad.digest.hexadecimal, used: other.digest.hexadecimal)) {
      try verdict.check(other, allowsFailed: true) { _ in }
    }
  }
}
