import Tables
import Testing

@testable import Interactions

@Suite("Rows of typed values")
struct RowBuilderTests {
  private struct Row: RawRow {
    let values: [RawValue]
    var count: Int { values.count }
    subscript(field: Int) -> RawValue { values[field] }
  }

  private func builder() -> RowBuilder {
    RowBuilder(
      ["who", "at", "weight", "note"],
      TableRequest(
        part: .interactions, roles: ["who": .key, "at": .timestamp, "weight": .weight]))
  }

  private func text(_ text: String) -> RawValue { .text(Array(text.utf8)[...]) }

  @Test("give the same columns as their text")
  func typed() {
    var (typed, spelled) = (builder(), builder())
    let at: Int64 = 1_767_225_600_000
    #expect(typed.append(Row(values: [.integer(7), .integer(at), .real(1.5), .missing])) == nil)
    #expect(typed.append(Row(values: [text("x"), .real(Double(at)), .integer(2), .integer(3)])) == nil)
    #expect(spelled.append(Row(values: [text("7"), text("\(at)"), text("1.5"), text("")])) == nil)
    #expect(spelled.append(Row(values: [text("x"), text("\(at).0"), text("2"), text("3")])) == nil)
    #expect(typed.columns == spelled.columns && typed.count == 2)
    #expect(typed.columns.map(\.kind) == [.text, .integer, .real, .integer])
    #expect(typed.timeUnit == .milliseconds)
  }

  @Test("with a fault are refused, with field and fault named")
  func faults() {
    let cases: [([RawValue], Int?, RowFault)] = [
      ([.missing, .integer(1_767_225_600), .real(1), .missing], 0, .empty),
      ([text("x"), .missing, .real(1), .missing], 1, .empty),
      ([text("x"), .integer(5), .real(1), .missing], 1, .timeOutOfRange("5", year: "1970")),
      ([text("x"), .integer(1_767_225_600), .real(.nan), .missing], 2, .notANumber("nan")),
      ([text("x"), .integer(1_767_225_600), .real(1), .real(.infinity)], 3, .notANumber("inf")),
      ([.text([0xff]), .integer(1_767_225_600), .real(1), .missing], 0, .notUTF8),
      ([text("x")], nil, .fieldCount(found: 1, expected: 4)),
    ]
    var rows = builder()
    for (values, field, fault) in cases {
      let problem = rows.append(Row(values: values))
      #expect(problem?.field == field && problem?.fault == fault)
    }
    #expect(rows.count == 0 && rows.columns.allSatisfy { $0.count == 0 })
  }

  @Test("are rejected with their file and line")
  func places() {
    let line = Reject(file: "a.csv", place: .line(3), field: "at", fault: .empty)
    #expect("\(line)" == "a.csv: line 3: field \"at\": it is empty")
    let row = Reject(file: "a.parquet", place: .row(5, group: 2), fault: .notUTF8)
    #expect("\(row)" == "a.parquet: row 5 of row group 2: it is not UTF-8")
    let long = Reject(file: "a.csv", place: .line(3), fault: .unclosedQuote, lines: 4)
    #expect(
      "\(long)"
        == "a.csv: line 3: its quote is never closed; the lines to 6 are lost with it, as parts of a quoted field")
  }

  @Test("become lists from the first list on, and columns may come late")
  func lists() {
    var rows = RowBuilder(["who"], TableRequest(part: .interactions, roles: ["who": .key]))
    #expect(rows.append(Row(values: [text("a")])) == nil)
    rows.addColumn("tags")
    #expect(rows.append(Row(values: [text("b"), text("x")])) == nil)
    let items = ["y", "x"].map { Array($0.utf8)[...] }
    #expect(rows.append(Row(values: [text("c"), .list(items)])) == nil)
    #expect(rows.append(Row(values: [text("d"), .list([])])) == nil)
    #expect(rows.append(Row(values: [text("e"), .integer(7)])) == nil)
    let problem = rows.append(Row(values: [.list(items), .missing]))
    #expect(problem?.field == 0 && problem?.fault == .list)
    #expect(rows.columns[1] == Column("tags", textLists: [[], ["x"], ["y", "x"], [], ["7"]]))
  }
}
