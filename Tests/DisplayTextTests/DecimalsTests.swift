import DisplayText
import Testing

@Suite("Numbers for display")
struct DecimalsTests {
  @Test("have the given number of decimals, or as many as are useful")
  func cases() {
    #expect(decimals(0.23565, 4) == "0.2357")
    #expect(decimals(-0.00001, 2) == "0.00")
    #expect(decimals(-1.5, 0) == "-2")
    #expect(decimals(12, 3) == "12.000")
    #expect(decimals(0.999, 2) == "1.00")
    #expect(decimals(.infinity, 2) == "inf")
    #expect(
      [71451.80006, 12.345678, 0.5, 3, -2.5, 1e-7].map(readable) == [
        "71451.8", "12.35", "0.5000", "3", "-2.5000", "1e-07",
      ])
  }
}
