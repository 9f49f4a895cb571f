import Testing

@testable import Interactions

@Suite("Units of time")
struct TimeUnitTests {
  private func read(_ texts: [String]) throws -> [Int64] {
    var reader = TimeReader()
    return try texts.map { try reader.read($0) }
  }

  private func reason(_ texts: [String]) -> String? {
    var reader = TimeReader()
    for text in texts { do { _ = try reader.read(text) } catch { return "\(error)" } }
    return nil
  }

  @Test(
    "are recognised in every unit, with fractions and exponents, and as ISO 8601",
    arguments: [
      "1700000000", "1700000000123", "1700000000123456", "1700000000123456789", "1700000000.75", "1.7e9",
      "2023-11-14T22:13:20Z",
    ])
  func units(text: String) throws { #expect(try read([text]) == [1_700_000_000]) }

  @Test("of two kinds in one column are refused")
  func mixed() {
    #expect(
      reason(["1700000000", "1700000000123"])
        == "\"1700000000123\" is a time in milliseconds, and those above it are in seconds; give one unit")
    #expect(reason(["1700000000000", "2023-11-14", "1700000000001"]) == nil)
  }

  @Test("that give times outside 1971 to 2100 are refused with the likely reason")
  func outside() {
    #expect(
      reason(["0"]) == "\"0\" is the year 1970, and 1971 to 2100 are read; leave out rows whose time is not known")
    #expect(
      reason(["1700000000123", "1000000"])
        == "\"1000000\" is the year 1970, and 1971 to 2100 are read; leave out rows whose time is not known")
    #expect(reason(["9999-12-31"])?.hasPrefix("\"9999-12-31\" is the year 9999") == true)
    #expect(reason(["99999999999999999999"])?.contains("far beyond") == true)
    #expect(reason(["noon"]) == "\"noon\" is neither a number of seconds nor an ISO 8601 time")
  }

  @Test("never make one number a valid time in two units")
  func distinct() {
    for unit in TimeUnit.allCases {
      for seconds in [TimeReader.seconds.lowerBound, 1.7e9, TimeReader.seconds.upperBound - 1] {
        #expect(TimeUnit.of(seconds * unit.perSecond) == unit)
      }
    }
  }
}
