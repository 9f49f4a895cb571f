/// Elements grouped by a number from 0 on: group `g` has the elements whose number is `g`, in the order in which they
/// came. Stored as compressed sparse rows, made by a stable counting sort in O(elements + groups).
public struct Grouping<Element> {
  /// Group `g` is `elements[starts[g]..<starts[g + 1]]`.
  public let starts: [Int]
  public let elements: [Element]

  /// Groups what `visit` gives, which is called twice and must give the same both times.
  ///
  /// - Parameters:
  ///   - count: of the groups.
  ///   - visit: calls its argument with each element and the number of its group, below `count`.
  @inlinable
  public init(count: Int, _ visit: (_ take: (_ group: Int, _ element: Element) -> Void) throws -> Void) rethrows {
    var starts = [Int](repeating: 0, count: count + 1)
    var first: Element?
    try visit { group, element in
      starts[group + 1] += 1
      if first == nil { first = element }
    }
    for number in 0..<count { starts[number + 1] += starts[number] }
    self.starts = starts
    guard let first else {
      elements = []
      return
    }
    var next = starts
    var sorted = [Element](repeating: first, count: starts[count])
    try visit { group, element in
      sorted[next[group]] = element
      next[group] += 1
    }
    elements = sorted
  }

  /// - Parameters:
  ///   - count: of the groups.
  ///   - group: the number of an element's group, below `count`; called twice for each.
  @inlinable
  public init(_ elements: some Collection<Element>, count: Int, by group: (Element) -> Int) {
    self.init(count: count) { take in for element in elements { take(group(element), element) } }
  }
}

extension Grouping: Sendable where Element: Sendable {}

extension Grouping: RandomAccessCollection {
  public var startIndex: Int { 0 }
  public var endIndex: Int { starts.count - 1 }

  /// The elements of a group.
  public subscript(group: Int) -> ArraySlice<Element> { elements[starts[group]..<starts[group + 1]] }
}
