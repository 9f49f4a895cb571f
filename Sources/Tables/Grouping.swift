/// Elements grouped by a number from 0 on: group `g` has the elements whose number is `g`, in the order in which they
/// came. Stored as compressed sparse rows, made by a stable counting sort in O(elements + groups).
package struct Grouping<Element> {
  /// Group `g` is `elements[starts[g]..<starts[g + 1]]`.
  package let starts: [Int]
  package let elements: [Element]

  /// - Parameters:
  ///   - count: of the groups.
  ///   - group: the number of an element's group, below `count`; called twice for each.
  package init(_ elements: some Collection<Element>, count: Int, by group: (Element) -> Int) {
    var starts = [Int](repeating: 0, count: count + 1)
    for element in elements { starts[group(element) + 1] += 1 }
    for number in 0..<count { starts[number + 1] += starts[number] }
    self.starts = starts
    guard let first = elements.first else {
      self.elements = []
      return
    }
    var next = starts
    var sorted = [Element](repeating: first, count: elements.count)
    for element in elements {
      let number = group(element)
      sorted[next[number]] = element
      next[number] += 1
    }
    self.elements = sorted
  }
}

extension Grouping: Sendable where Element: Sendable {}

extension Grouping: RandomAccessCollection {
  package var startIndex: Int { 0 }
  package var endIndex: Int { starts.count - 1 }

  /// The elements of a group.
  package subscript(group: Int) -> ArraySlice<Element> { elements[starts[group]..<starts[group + 1]] }
}
