import Pipeline
import Testing

@testable import RunDisplay

@Suite("The line of a running stage")
struct StageRowTests {
  private func row(_ line: String?, at time: Double = 30) throws -> StageRow {
    var row = StageRow(stage: "train", start: 10)
    if let line { row.take(try #require(StageProgress(line)), at: time) }
    return row
  }

  @Test("has a bar, the share, the time and what the stage said")
  func whole() throws {
    let row = try row("train: epoch 2 of 8: loss 9.1")
    #expect(
      row.line(at: 31, columns: 100, width: 8)
        == "       train     █████░░░░░░░░░░░░░░░  25 %  0:21, 0:59 left  epoch 2 of 8: loss 9.1")
    #expect(try self.row(nil).line(at: 75, columns: 100, width: 5) == "       train  1:05")
  }

  @Test("counts the time that is left down from what the stage said, or from the time of each part until now")
  func left() throws {
    let told = try row("evaluate: judged 3 of 7 models, the last exact, in 20 s; about 90 s left")
    #expect(told.secondsLeft(at: 30) == 90 && told.secondsLeft(at: 100) == 20 && told.secondsLeft(at: 999) == 0)
    #expect(try row("epoch 2 of 8", at: 30).secondsLeft(at: 30) == 60)
    #expect(try row("epoch 8 of 8").secondsLeft(at: 31) == 0)
    #expect(try row("epoch 0 of 8").secondsLeft(at: 31) == nil)
  }

  @Test("never has more columns than there are", arguments: 1...120)
  func narrow(columns: Int) throws {
    for words in ["epoch 2 of 8: 東京の商店、ローマ字 é e\u{301} 🛒🛒🛒 and words", "35 % done, \u{1b}[31mabout 3 min left\r"] {
      let line = try row(words).line(at: 4000, columns: columns, width: 70)
      #expect(line.columns <= columns && !line.unicodeScalars.contains { $0.value < 32 }, "\(line)")
    }
  }
}

@Suite("Lines that are drawn in place")
struct LiveRowsTests {
  @Test("are taken away before text passes above them, and nothing is written where there is nothing")
  func drawn() {
    var rows = LiveRows()
    #expect(rows.draw(lines: [], widths: [], columns: 80) == "")
    #expect(rows.draw(lines: ["a", "b"], widths: [1, 1], columns: 80) == "a\u{1b}[K\nb\u{1b}[K\n")
    #expect(
      rows.draw(above: "said\n", lines: ["a"], widths: [1], columns: 80) == "\u{1b}[2A\r\u{1b}[Jsaid\na\u{1b}[K\n")
    #expect(rows.draw(lines: [], widths: [], columns: 80) == "\u{1b}[1A\r\u{1b}[J")
    #expect(rows.draw(above: "end\n", lines: [], widths: [], columns: 80) == "end\n")
  }

  @Test("take more rows in a window that became narrower")
  func narrower() {
    var rows = LiveRows()
    _ = rows.draw(lines: ["…", "…"], widths: [79, 30], columns: 80)
    #expect(rows.draw(lines: [], widths: [], columns: 40) == "\u{1b}[3A\r\u{1b}[J")
  }
}
