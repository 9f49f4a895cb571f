import BasicAlgorithms
import Glibc

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

  /// Appends a string where it lies.
  mutating func append(_ string: UnsafeRawBufferPointer) {
    unsafe bytes.append(contentsOf: string)
    offsets.append(UInt64(bytes.count))
  }

  /// `true` if a string has these bytes.
  func isEqual(_ place: Int, _ string: UnsafeRawBufferPointer) -> Bool {
    let range = range(place)
    guard range.count == string.count else { return false }
    return unsafe bytes.withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress, let other = string.baseAddress else { return range.isEmpty }
      return unsafe memcmp(start + range.lowerBound, other, range.count) == 0
    }
  }

  package mutating func append(_ string: some Collection<UInt8>) {
    bytes.append(contentsOf: string)
    offsets.append(UInt64(bytes.count))
  }

  package mutating func append(_ string: Span<UInt8>) {
    unsafe string.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
    offsets.append(UInt64(bytes.count))
  }

  package func precedes(_ left: Int, _ right: Int) -> Bool {
    bytes[range(left)].lexicographicallyPrecedes(bytes[range(right)])
  }

  /// Places in the order of the bytes; equal strings in that of their places.
  package func sortedOrder() -> [Int] {
    // The first bytes decide most comparisons, without a look at the strings.
    let keys = indices.map { (start: firstBytes($0), place: $0) }
    return keys.sorted { left, right in
      if left.start != right.start { return left.start < right.start }
      if precedes(left.place, right.place) { return true }
      return !precedes(right.place, left.place) && left.place < right.place
    }.map(\.place)
  }

  /// The first eight bytes as a number that is in their order; 0 stands for those that are not there.
  private func firstBytes(_ place: Int) -> UInt64 {
    var (key, shift): (UInt64, UInt64) = (0, 64)
    for next in range(place).prefix(8) {
      shift -= 8
      key |= UInt64(bytes[next]) << shift
    }
    return key
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
