import Testing

@testable import Tables

@Suite("An interner")
struct InternerTests {
  /// Strings of all lengths about the eight bytes that are compared at once, some of which begin or end alike, twice.
  private let strings: [[UInt8]] = {
    var strings: [[UInt8]] = []
    for length in 0...20 {
      for variant in 0..<60 {
        var string = (0..<length).map { UInt8(97 + $0) }
        if length > 0 { string[variant % length] = UInt8(variant) }
        strings.append(string)
      }
    }
    // A zero counts, at either end.
    strings += [[0], [0, 0], [0, 1], [1, 0], [1]]
    return strings + strings.reversed()
  }()

  @Test("gives equal strings equal numbers in the order in which they are first seen, one by one or together")
  func numbers() {
    var expected: [[UInt8]: UInt32] = [:]
    for string in strings where expected[string] == nil { expected[string] = UInt32(expected.count) }
    let wanted = strings.compactMap { expected[$0] }

    var single = Interner()
    #expect(strings.map { single.intern($0[...]) } == wanted)
    var together = Interner()
    var codes: [UInt32] = [7]
    var ranges: [Range<Int>] = []
    for string in strings {
      ranges.append((ranges.last?.upperBound ?? 0)..<(ranges.last?.upperBound ?? 0) + string.count)
    }
    together.intern(Array(strings.joined()), ranges, into: &codes)
    #expect(codes == [7] + wanted)
    #expect(together.strings == single.strings && single.strings.count == expected.count)
    #expect(single.strings.indices.allSatisfy { expected[Array(single.strings.utf8($0))] == UInt32($0) })
  }

  @Test("keeps its numbers while it grows")
  func growth() {
    var interner = Interner()
    let names = (0..<100_000).map { $0 % 2 == 0 ? "\($0)" : "a name that is longer \($0)" }
    let codes = names.map { interner.intern($0) }
    #expect(codes == (0..<100_000).map { UInt32($0) })
    #expect(names.map { interner.intern($0) } == codes)
  }

  @Test("has strings whose order is that of their bytes")
  func order() {
    var interner = Interner()
    for string in strings { _ = interner.intern(string[...]) }
    let sorted = interner.strings.sortedOrder().map { Array(interner.strings.utf8($0)) }
    #expect(sorted == sorted.sorted { $0.lexicographicallyPrecedes($1) })
    #expect(sorted.count == interner.strings.count)
  }
}
