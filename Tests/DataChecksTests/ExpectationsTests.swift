import Artifacts
import Foundation
import SystemFiles
import TestKit
import Testing

@testable import DataChecks

@Suite("Expectations")
struct ExpectationsTests {
  private func read(_ text: String) throws -> Expectations { try Expectations(Array(text.utf8)) }

  private func refusal(_ text: String) throws -> String {
    let scratch = try Scratch()
    let path = try scratch.write(Array(text.utf8), to: "expectations.yaml")
    let error = #expect(throws: FileError.self) { _ = try Expectations(path: path) }
    return try #require(error).description.replacingOccurrences(of: "\(scratch.path)/", with: "")
  }

  @Test("what is printed of data is read, and the data meet it")
  func printed() throws {
    var data = MadeData.days([Int](repeating: 100, count: 30))
    data.devices[3] = "a \"quoted\": name,\nand\u{2028} lines"
    data.ratings[7] = nil
    let text = ExpectationsText(try data.statistics()).text
    let expectations = try read(text)
    #expect(expectations.columns["interactions"]?["rating"]?.values == ["1", "2", "3", "4", "5"])
    #expect(try data.anomalies(expectations).isEmpty, "\(text)")
  }

  @Test("nothing but comments expects nothing of its own")
  func empty() throws {
    #expect(try read("# nothing\n") == Expectations())
    #expect(try read("") == Expectations())
  }

  @Test(
    "what cannot be meant is refused with its line",
    arguments: [
      ("rows: { least: 5 }\nlastday: {}\n", "line 2: no \"lastday\" in the expectations; did you mean \"last-day\"?"),
      ("rows:\n  leest: 5\n", "line 2: no \"leest\" in rows; did you mean \"least\"?"),
      (
        "columns:\n  catlog: {}\n", "line 2: no \"catlog\" in columns; did you mean \"catalog\"?"
      ),
      (
        "columns:\n  users:\n    age:\n      least: 3\n      grestest: 4\n",
        "line 5: no \"grestest\" in users.age; did you mean \"greatest\"?"
      ),
      ("rows: { least: -1 }", "line 1: least of rows is \"-1\"; expected a whole number, 0 or more"),
      ("\nrejects: { most-share: 2 }", "line 2: most-share of rejects is \"2\"; expected a share, 0 to 1"),
      ("times: { earliest: 2026-13-01 }", "expected a day, as 2026-11-28"),
      ("drift: { severity: fatal }", "expected one of ignore, warning, error"),
      ("drift: 3", "line 1: drift is \"3\"; expected fields, as \"name: value\""),
      ("drift: { most: [1] }", "most of drift is a list; expected a share, 0 to 1"),
      ("rows: { least: 3, most: 2 }", "line 1: least is above most"),
      ("drift: { most: 0.1 }\ndrift: { most: 0.2 }", "line 2: \"drift\" is given twice; keep one"),
      ("- rows", "the expectations is a list; expected fields"),
      ("rows: { least: 3", ": not YAML: "),
      ("a: &a [*a]", "nested more than 8 deep"),
    ])
  func refused(text: String, line: String) throws {
    let refusal = try refusal(text)
    #expect(refusal.hasPrefix("expectations.yaml: line ") && refusal.contains(line), "\(refusal)")
  }

  @Test("rows that are not as expected are shown with their values")
  func violations() throws {
    var data = MadeData.days([200])
    data.ratings[150] = 77
    data.ratings[3] = nil
    data.devices[9] = "radio"
    let anomalies = try data.anomalies(
      read(
        """
        rows: { most: 150, severity: warning }
        queries: { least: 1000 }
        columns:
          interactions:
            rating: { greatest: 5, most-missing: 0 }
            device: { values: [tv, web, app] }
            price: { kind: real }
            item: { kind: integer, severity: ignore }
        """))
    let lines = anomalies.map { "\($0.severity.rawValue) \($0.line)" }
    #expect(
      anomalies.map(\.subject) == [
        "interactions.user", "interactions.device", "interactions.price", "interactions.rating", "interactions.rating",
        "interactions",
      ], "\(lines)")
    #expect(
      lines.contains {
        $0.hasPrefix("error interactions.rating: 1 values up to 77; expected at most 5; such as row 151: user u")
      })
    #expect(
      lines.contains { $0.contains("1 of 200 rows, 0.50 %, have no value; expected at most 0 %; such as row 4: ") })
    #expect(
      lines.contains {
        $0.contains("1 other values; expected tv, web, app; such as row 10: ") && $0.contains("device radio")
      })
    #expect(lines.contains { $0.hasPrefix("error interactions.price: no such column; expected a column") })
    #expect(lines.last == "warning interactions: 200 rows; expected at most 150")
  }
}
