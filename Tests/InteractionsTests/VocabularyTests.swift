import Tables
import Testing

@testable import Interactions

@Suite("A vocabulary")
struct VocabularyTests {
  @Test("has distinct values sorted by bytes, from row 1; row 0 is for unknown values")
  func order() {
    // "é" as one scalar and as two are two values, as NumPy has it.
    let words = ["b", "é", "a", "e\u{301}", "B", "10", "9", "b", "", "🎬"]
    let vocabulary = Vocabulary(column: "word", interactions: TextColumn(words))
    #expect(
      vocabulary.values.array.map { Array($0.utf8) }
        == ["", "10", "9", "B", "a", "b", "e\u{301}", "é", "🎬"].map { Array($0.utf8) })
    #expect(vocabulary.counts == [1, 1, 1, 1, 1, 2, 1, 1, 1])
    #expect(vocabulary.rows == 10)
    #expect(vocabulary.row(of: "") == 1)
    #expect(vocabulary.row(of: "🎬") == 9)
    #expect(vocabulary.row(of: "c") == 0)
    #expect(vocabulary[row: 6] == "b")
    #expect(vocabulary.rows(of: TextColumn(["9", "nothing", "a"])) == [3, 0, 5])
  }

  @Test("includes values that only the catalog has")
  func catalog() {
    let vocabulary = Vocabulary(
      column: "title", interactions: TextColumn(["m", "z", "m"]), catalog: TextColumn(["a", "m", "x"]))
    #expect(vocabulary.values.array == ["a", "m", "x", "z"])
    #expect(vocabulary.counts == [0, 2, 0, 1])
  }
}

@Suite("Time")
struct CivilTimeTests {
  @Test("is parsed from seconds and ISO 8601 only")
  func reading() {
    let cases: [(String, Int64?)] = [
      ("0", 0), ("-5", -5), ("881250949", 881_250_949), ("1970-01-01", 0), ("1970-01-02T00:00:01Z", 86_401),
      ("2000-02-29 12:00", 951_825_600), ("2026-03-01T12:30:00+02:00", 1_772_361_000),
      ("2026-03-01T12:30:00.999-0530", 1_772_388_000), ("2026-03-01T12:30:00Zulu", nil), ("2026-13-01", nil),
      ("2026-02-32", nil), ("2026-3-1", nil), ("yesterday", nil), ("", nil), ("1.5", nil), ("2026-03-01T25:00", nil),
      ("99999999999999999999", nil), ("2026-02-30", nil), ("2025-02-29", nil),
      ("1970-01-02 00:00:01 UTC", 86_401), ("1970-01-02 01:00:01.5+01", 86_401), ("1970-01-02 00:00:01 CET", nil),
    ]
    for (text, seconds) in cases { #expect(CivilTime.seconds(text) == seconds, "\(text)") }
  }

  @Test("is formatted in the form that is parsed")
  func roundTrip() {
    for seconds in stride(from: Int64(-62_000_000_000), to: 100_000_000_000, by: 777_777_777) {
      let text = CivilTime.text(seconds)
      guard !text.hasPrefix("-"), text.prefix(5).contains("-"), text.count == 19 else { continue }
      #expect(CivilTime.seconds(text) == seconds, "\(text)")
    }
    #expect(CivilTime.text(874_724_710) == "1997-09-20 03:05:10")
  }
}
