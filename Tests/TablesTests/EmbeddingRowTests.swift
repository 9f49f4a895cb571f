import Tables
import Testing

@Suite("Numbers of a vocabulary and rows of its embedding table")
struct EmbeddingRowTests {
  @Test("Every number has a row, and every row but the first has a number", arguments: [0, 1, 7, 1_000_000] as [Int32])
  func roundTrip(value: Int32) {
    let row = CandidateNumber(value).row
    #expect(row.isKnown)
    #expect(row.number() == CandidateNumber(value))
    #expect(row > .unknown)
  }

  @Test("Unknown values share row 0")
  func unknown() {
    #expect(EmbeddingRow(nil as QueryNumber?) == .unknown)
    #expect(EmbeddingRow.unknown.index == 0)
    #expect(EmbeddingRow.unknown.number(QueryNumber.self) == nil)
  }

  @Test("A table has one row more than its vocabulary has entries")
  func counts() {
    #expect(EmbeddingRow.count(vocabulary: 3) == 4)
    #expect(EmbeddingRow.vocabularyCount(rows: 4) == 3)
    #expect(EmbeddingRow.vocabularyCount(rows: 0) == 0)
  }
}
