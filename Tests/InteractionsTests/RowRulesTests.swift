import RandomNumbers
import Tables
import Testing

@testable import Interactions

@Suite("Rules for rows")
struct RowRulesTests {
  private func interactions(_ rows: [(who: String, what: String, at: Int64, weight: Double)]) -> Interactions {
    Interactions(
      columns: [
        Column("who", text: rows.map(\.who)), Column("what", text: rows.map(\.what)),
        Column("at", integers: rows.map(\.at)), Column("weight", reals: rows.map(\.weight)),
      ], rows: rows.count, roles: .init(query: "who", candidate: "what", timestamp: "at", weight: "weight"))
  }

  @Test("keep one of duplicates: the identical, the oldest, the newest, or the newest with the sum")
  func duplicates() throws {
    let data = interactions([
      ("a", "x", 30, 1), ("a", "y", 10, 1), ("a", "x", 20, 2), ("a", "x", 30, 1), ("b", "x", 20, 4),
    ])
    let cases: [(DuplicateRule, [Int], [Double])] = [
      (.keep, [0, 1, 2, 3, 4], [1, 1, 2, 1, 4]), (.identical, [0, 1, 2, 4], [1, 1, 2, 4]),
      (.first, [1, 2, 4], [1, 2, 4]), (.last, [1, 3, 4], [1, 1, 4]), (.sum, [1, 3, 4], [1, 4, 4]),
    ]
    for (rule, rows, weights) in cases {
      var rules = RowRules()
      rules.duplicates = rule
      let (kept, counts) = try rules.apply(to: data, file: "a.csv")
      #expect(kept.table.text("what") == data.selecting(rows).table.text("what"), "\(rule)")
      #expect(kept.table.integers("at") == data.selecting(rows).table.integers("at"), "\(rule)")
      #expect(kept.table.reals("weight") == weights, "\(rule)")
      let counted = rule == .keep ? [] : [RuleCount(rule: "duplicates \(rule.rawValue)", rows: 5 - rows.count)]
      #expect(counts == counted)
    }
  }

  @Test("leave the largest set of rows in which all have enough, as repeated filtering does")
  func cores() throws {
    var random = RandomGenerator(seed: 3, stream: "cores")
    for round in 0..<30 {
      let rows = (0..<60).map { _ in
        (who: "u\(random.below(20))", what: "i\(random.below(15))", at: Int64(0), weight: 1.0)
      }
      let data = interactions(rows)
      let (query, candidate) = (round % 5 + 1, round % 4 + 1)
      var left = Array(rows.indices)
      var before = -1
      while left.count != before {
        before = left.count
        let whos = Dictionary(grouping: left) { rows[$0].who }
        left = left.filter { (whos[rows[$0].who]?.count ?? 0) >= query }
        let whats = Dictionary(grouping: left) { rows[$0].what }
        left = left.filter { (whats[rows[$0].what]?.count ?? 0) >= candidate }
      }
      #expect(try FrequentRows(data, byQuery: query, byCandidate: candidate).rows == left)
    }
    var rules = RowRules()
    rules.minimumByQuery = 9
    #expect(throws: DataError.noRowsLeft("a.csv", rule: "minimum-rows-by-query 9")) {
      try rules.apply(to: interactions([("a", "x", 1, 1)]), file: "a.csv")
    }
  }

  @Test("have conditions that compare text, numbers and dates, and pass over missing values")
  func conditions() throws {
    func holds(_ condition: String, _ value: RawValue, isKey: Bool = false) throws -> Bool {
      var times = TimeReader()
      return try KeepCondition(condition).holds(value, isKey: isKey, style: .plain, times: &times)
    }
    func text(_ text: String) -> RawValue { .text(Array(text.utf8)[...]) }
    #expect(try holds("a >= 4", text("4.0")) && !holds("a >= 4", text("3.9")) && !holds("a > 4", .integer(4)))
    #expect(try holds("a == 4", text("4.0")) && !holds("a == 4", text("4.0"), isKey: true))
    #expect(
      try holds("ordered at < 2026-03-01", text("2026-02-28")) && !holds("a < 2026-03-01", .integer(1_790_000_000)))
    #expect(try holds("a in x|y", text("y")) && !holds("a in x|y", text("z")) && holds("a != x", .missing))
    #expect(try !holds("a >= 4", .missing) && !holds("a == x", .missing) && holds("a == \"\"", .missing))
    #expect(try holds("a == x", .list([Array("w".utf8)[...], Array("x".utf8)[...]])))
    #expect(try KeepCondition("ordered at < 2026-03-01").column == "ordered at")
    #expect(throws: RowFault.notANumber("much")) { try holds("a >= 4", text("much")) }
  }

  @Test("read numbers in place as Double and Int64 do")
  func numbers() {
    var random = RandomGenerator(seed: 4, stream: "numbers")
    for _ in 0..<5_000 {
      let text = (0..<random.below(18)).map { _ in String(Array("0123456789.-5")[Int(random.below(13))]) }.joined()
      let bytes = Array(text.utf8)
      if let number = PlainNumber.real(bytes.span) { #expect(number == Double(text), "\(text)") }
      if let number = PlainNumber.integer(bytes.span) { #expect(number == Int64(text), "\(text)") }
    }
    #expect(PlainNumber.real(Array("3.5".utf8).span) == 3.5 && PlainNumber.integer(Array("-12".utf8).span) == -12)
    let european = NumberStyle(decimal: ",", thousands: ".")
    let cases = [
      ("1.234,5", "1234.5"), ("-12.345.678", "-12345678"), ("0,5", "0.5"), ("1234", "1234"), ("1.23", nil),
      ("1.2345", nil), (".123", nil), ("1234.567", nil), ("a", nil), ("", nil),
    ]
    for (text, plain) in cases { #expect(european.plainSpelling(text) == plain, "\(text)") }
  }

  @Test("name files by patterns")
  func patterns() {
    let cases = [
      ("*.csv", "a.csv", true), ("*.csv", "b/a.csv", false), ("**/*.csv", "b/c/a.csv", true),
      ("**/*.csv", "a.csv", true), ("day=*-2?/part-*", "day=2026-11-28/part-0", true),
      ("day=*-2?/part-*", "day=2026-11-38/part-0", false), ("a*b*c", "aXbYbZc", true), ("a*b*c", "aXbYbZ", false),
    ]
    for (pattern, path, isMatch) in cases {
      #expect(GlobPattern(pattern)?.matches(path) == isMatch, "\(pattern) \(path)")
    }
    #expect(GlobPattern("plain.csv") == nil)
  }
}
