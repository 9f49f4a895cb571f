import BasicAlgorithms

/// Many strings in one block of UTF-8, compared by their bytes: "é" in two spellings is two strings, as in NumPy.
package struct Strings: Sendable, Equatable {
  package private(set) var bytes: [UInt8] = []
  /// The offset of each string's first byte, and behind the last one the number of bytes.
  package private(set) var offsets: [UInt64] = [0]

  package init() {}

  package init(_ strings: some Sequence<String>) { for string in strings { append(string.utf8) } }

  /// - Precondition: offsets begin with 0, rise, and end with the number of bytes.
  init(bytes: [UInt8], offsets: [UInt64]) {
    self.bytes = bytes
    self.offsets = offsets
  }

  package var count: Int { offsets.count - 1 }

  package func range(_ place: Int) -> Range<Int> { Int(offsets[place])..<Int(offsets[place + 1]) }

  package var indices: Range<Int> { 0..<count }

  package func utf8(_ place: Int) -> ArraySlice<UInt8> { bytes[range(place)] }

  package subscript(place: Int) -> String { String(decoding: bytes[range(place)], as: UTF8.self) }

  package var array: [String] { (0..<count).map { self[$0] } }

  package mutating func append(_ string: some Collection<UInt8>) {
    bytes.append(contentsOf: string)
    offsets.append(UInt64(bytes.count))
  }

  package mutating func append(_ string: Span<UInt8>) {
    unsafe string.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
    offsets.append(UInt64(bytes.count))
  }

  /// `true` if the string at a place has these bytes.
  func equals(_ place: Int, _ string: Span<UInt8>) -> Bool {
    let range = range(place)
    guard range.count == string.count else { return false }
    let bytes = bytes.span
    for offset in string.indices where bytes[range.lowerBound + offset] != string[offset] { return false }
    return true
  }

  package func precedes(_ left: Int, _ right: Int) -> Bool {
    bytes[range(left)].lexicographicallyPrecedes(bytes[range(right)])
  }

  /// Places in the order of the bytes.
  package func sortedOrder() -> [Int] {
    // The first 8 bytes decide most comparisons.
    let keys = indices.map { place -> (start: UInt64, place: Int) in
      var start: UInt64 = 0
      let range = range(place)
      for offset in 0..<8 {
        start = start << 8 | (offset < range.count ? UInt64(bytes[range.lowerBound + offset]) : 0)
      }
      return (start, place)
    }
    return keys.sorted { $0.start != $1.start ? $0.start < $1.start : precedes($0.place, $1.place) }.map(\.place)
  }

  /// The distinct strings of both, sorted by bytes. Time O(n + m).
  ///
  /// - Precondition: both are sorted by bytes, without repeats.
  package func union(_ others: Strings) -> Strings {
    var all = Strings()
    var other = 0
    for place in indices {
      let string = bytes[range(place)]
      while other < others.count, others.utf8(other).lexicographicallyPrecedes(string) {
        all.append(others.utf8(other))
        other += 1
      }
      if other < others.count, others.utf8(other).elementsEqual(string) { other += 1 }
      all.append(string)
    }
    for place in other..<others.count { all.append(others.utf8(place)) }
    return all
  }

  package func selecting(_ places: [Int]) -> Strings {
    var chosen = Strings()
    for place in places { chosen.append(bytes[range(place)]) }
    return chosen
  }

  /// The place of `string`, in strings that are sorted by bytes; O(log n) comparisons.
  package func sortedIndex(of string: some Collection<UInt8>) -> Int? {
    let place = (0..<count).partitioningIndex { !bytes[range($0)].lexicographicallyPrecedes(string) }
    return place < count && bytes[range(place)].elementsEqual(string) ? place : nil
  }

  /// The place of each of these strings in others, both sorted by bytes, or -1 if it is not there. Time O(n + m).
  package func places(in others: Strings) -> [Int32] {
    var other = 0
    return (0..<count).map { place in
      let string = bytes[range(place)]
      while other < others.count, others.bytes[others.range(other)].lexicographicallyPrecedes(string) { other += 1 }
      return other < others.count && others.bytes[others.range(other)].elementsEqual(string) ? Int32(other) : -1
    }
  }

  package func sortedIndex(of string: String) -> Int? { sortedIndex(of: string.utf8) }
}
