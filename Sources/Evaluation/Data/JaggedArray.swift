import BasicAlgorithms

/// Lists of whole numbers stored contiguously: list i is `values[starts[i]..<starts[i + 1]]`.
package struct JaggedArray: Sendable, Equatable {
  package private(set) var starts = [0]
  package private(set) var values: [Int32] = []

  package init() {}

  package var count: Int { starts.count - 1 }

  package subscript(list: Int) -> ArraySlice<Int32> { values[starts[list]..<starts[list + 1]] }

  /// The places of a list's values.
  func range(_ list: Int) -> Range<Int> { starts[list]..<starts[list + 1] }

  package mutating func append(_ list: some Sequence<Int32>) {
    values.append(contentsOf: list)
    starts.append(values.count)
  }

  /// Creates lists from their values, one after the other, and the places where they begin and end.
  ///
  /// - Returns: `nil` if these are not places.
  init?(_ values: [Int32], starts: [Int]) {
    guard starts.first == 0, starts.last == values.count, zip(starts, starts.dropFirst()).allSatisfy({ $0 <= $1 })
    else {
      return nil
    }
    (self.starts, self.values) = (starts, values)
  }

  /// Some of the lists.
  func part(_ lists: Range<Int>) -> JaggedArray {
    var part = JaggedArray()
    let first = starts[lists.lowerBound]
    part.starts = starts[lists.lowerBound...lists.upperBound].map { $0 - first }
    part.values = Array(values[first..<starts[lists.upperBound]])
    return part
  }

  /// Creates lists of one value each, empty where it is `nil`.
  package init(singles: some Sequence<Int32?>) {
    for value in singles {
      if let value { values.append(value) }
      starts.append(values.count)
    }
  }

  /// Groups values by their list, in O(values + lists); each list keeps the order of the values.
  ///
  /// - Parameter lists: the list of each value; below 0 for a value that is in none.
  package init(_ values: [Int32], in lists: [Int32], count: Int) {
    let groups = Grouping<Int32>(count: count) { take in
      for (value, list) in zip(values, lists) where list >= 0 { take(Int(list), value) }
    }
    (starts, self.values) = (groups.starts, groups.elements)
  }

  /// Returns the lists sorted and without repeats.
  package func distinct() -> JaggedArray {
    var lists = JaggedArray()
    for list in 0..<count {
      var last: Int32 = -1
      lists.append(
        self[list].sorted().filter { value in
          defer { last = value }
          return value != last
        })
    }
    return lists
  }
}
