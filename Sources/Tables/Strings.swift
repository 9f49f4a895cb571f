import BasicAlgorithms

/// Many strings in one block of UTF-8, compared by their bytes: "é" in two spellings is two strings, as in NumPy.
package struct Strings: Sendable, Equatable {
  package private(set) var bytes: [UInt8] = []
  /// Where each string begins, and where the last ends.
  package private(set) var offsets: [UInt64] = [0]

  package init() {}

  package init(_ strings: some Sequence<String>) { for string in strings { append(Array(string.utf8)) } }

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

  package func precedes(_ left: Int, _ right: Int) -> Bool {
    bytes[range(left)].lexicographicallyPrecedes(bytes[range(right)])
  }

  /// Places in the order of the bytes.
  package func sortedOrder() -> [Int] { (0..<count).sorted { precedes($0, $1) } }

  package func selecting(_ places: [Int]) -> Strings {
    var chosen = Strings()
    for place in places { chosen.append(bytes[range(place)]) }
    return chosen
  }

  /// Where `string` stands, in strings that are sorted by bytes.
  package func sortedIndex(of string: some Collection<UInt8>) -> Int? {
    let place = (0..<count).partitioningIndex { !bytes[range($0)].lexicographicallyPrecedes(string) }
    return place < count && bytes[range(place)].elementsEqual(string) ? place : nil
  }

  /// Where each of these strings stands in others, both sorted by bytes: one walk along the two; -1 where it is not there.
  package func places(in others: Strings) -> [Int32] {
    var other = 0
    return (0..<count).map { place in
      let string = bytes[range(place)]
      while other < others.count, others.bytes[others.range(other)].lexicographicallyPrecedes(string) { other += 1 }
      return other < others.count && others.bytes[others.range(other)].elementsEqual(string) ? Int32(other) : -1
    }
  }

  package func sortedIndex(of string: String) -> Int? { sortedIndex(of: Array(string.utf8)) }
}
