import RandomNumbers
import Testing

@testable import DataChecks

@Suite("The last day")
struct LastDayTests {
  private func days(_ rows: [Int]) -> [DayRows] {
    rows.enumerated().filter { $0.element > 0 }.map { DayRows(day: 20_000 + $0.offset, rows: $0.element) }
  }

  /// Weeks with little on Sundays, and chance beside it.
  private func weeks(_ count: Int, seed: UInt64, sunday: Int = 200) -> [Int] {
    var random = RandomGenerator(seed: seed)
    return (0..<7 * count).map { ($0 % 7 == 6 ? sunday : 1000) * (85 + Int(random.below(31))) / 100 }
  }

  @Test("a last day that is half empty is seen, beside its own weekday", arguments: 1...20 as ClosedRange<UInt64>)
  func halfEmpty(seed: UInt64) throws {
    var rows = weeks(8, seed: seed)
    let whole = try #require(LastDay(days(rows)))
    #expect(!whole.isHalfEmpty && whole.expected < 300, "a Sunday is like other Sundays")
    rows.removeLast()
    rows[rows.count - 1] = 380
    let half = try #require(LastDay(days(rows)))
    #expect(half.isHalfEmpty && half.expected > 800)
    #expect(half.comparedWith.hasPrefix("the 7 ") && half.comparedWith.hasSuffix("days before"))
  }

  @Test("days that come in bursts say nothing", arguments: 1...200 as ClosedRange<UInt64>)
  func bursts(seed: UInt64) {
    var random = RandomGenerator(seed: seed)
    let rows = (0..<80).map { _ in 1 << Int(random.below(11)) + Int(random.below(50)) }
    #expect(LastDay(days(rows))?.isHalfEmpty != true)
  }

  @Test("a shop that is closed on Sundays may end with one, and one bad day of weeks ago excuses no other")
  func oddDays() {
    var rows = weeks(8, seed: 1, sunday: 0)
    rows[rows.count - 1] = 3
    #expect(LastDay(days(rows))?.isHalfEmpty == false)
    rows = Array(weeks(8, seed: 1).dropLast(2))
    rows[20] = 5
    rows[rows.count - 1] = 300
    #expect(LastDay(days(rows))?.isHalfEmpty == true)
  }

  @Test("the day of as-of is judged, with or without rows, and none behind it")
  func asOf() throws {
    let rows = [Int](repeating: 1000, count: 30) + [100]
    #expect(LastDay(days(rows), asOf: 20_030) == LastDay(days(rows)))
    #expect(LastDay(days(rows), asOf: 20_029)?.isHalfEmpty == false)
    let missing = try #require(LastDay(days(rows.dropLast()), asOf: 20_030))
    #expect(missing.isHalfEmpty && missing.day == DayRows(day: 20_030, rows: 0) && missing.expected == 1000)
    #expect(DayRows.day("2024-11-12") == 20_039 && DayRows.day("2024-11-31") == nil && DayRows.day("20039") == nil)
  }

  @Test("two weeks must have been before, and enough rows")
  func short() {
    #expect(LastDay(days([])) == nil)
    #expect(LastDay(days([Int](repeating: 1000, count: 14))) == nil)
    #expect(LastDay(days([Int](repeating: 1000, count: 14) + [100]))?.isHalfEmpty == true)
    #expect(LastDay(days([Int](repeating: 20, count: 30) + [2]))?.isHalfEmpty == false)
  }
}
