/// Parts that things are sorted into by one property of theirs; a thing may be in several or in none.
package struct SliceDimension: Sendable, Equatable {
  package let names: [String]
  /// Of each thing, the places of its slices.
  package let members: JaggedArray

  package init(names: [String], members: JaggedArray) {
    self.names = names
    self.members = members
  }

  /// - Parameter place: of each thing's slice; nil for one that is in none.
  package init(names: [String], places: some Sequence<Int?>) {
    self.init(names: names, members: JaggedArray(singles: places.lazy.map { $0.map { Int32($0) } }))
  }

  /// What is in each slice, rising.
  var contents: [[Int]] {
    var contents = [[Int]](repeating: [], count: names.count)
    for thing in 0..<members.count {
      for slice in members[thing] { contents[Int(slice)].append(thing) }
    }
    return contents
  }

  /// Without slices that nothing or everything is in, which say nothing.
  var telling: SliceDimension {
    var sizes = [Int](repeating: 0, count: names.count)
    for slice in members.values { sizes[Int(slice)] += 1 }
    let kept = names.indices.filter { 0 < sizes[$0] && sizes[$0] < members.count }
    guard kept.count < names.count else { return self }
    guard !kept.isEmpty else { return SliceDimension(names: [], places: members.starts.dropLast().map { _ in nil }) }
    var numbers = [Int32?](repeating: nil, count: names.count)
    for (new, old) in kept.enumerated() { numbers[old] = Int32(new) }
    var lists = JaggedArray()
    for thing in 0..<members.count { lists.append(members[thing].compactMap { numbers[Int($0)] }) }
    return SliceDimension(names: kept.map { names[$0] }, members: lists)
  }
}

/// Parts of the held-out pairs that are looked at by themselves.
package struct PairSlices: Sendable {
  package private(set) var names: [String] = []
  private var starts: [Int] = []
  private var entries: [(slice: Int, count: Int32)] = []

  package init() {}

  /// - Parameter dimensions: of the held-out pairs.
  package init(_ dimensions: [SliceDimension], of judged: JudgedQueries) {
    let telling = dimensions.map(\.telling).filter { !$0.names.isEmpty }
    names = telling.flatMap(\.names)
    guard !names.isEmpty else { return }
    let pairs = JaggedArray(
      judged.targetOfPair.indices.map { Int32($0) }, in: judged.targetOfPair, count: judged.targets.values.count)
    starts = [0]
    for target in 0..<pairs.count {
      for pair in pairs[target] {
        var first = 0
        for dimension in telling {
          for slice in dimension.members[Int(pair)] { count(first + Int(slice)) }
          first += dimension.names.count
        }
      }
      starts.append(entries.count)
    }
  }

  /// Counts a pair of the last target.
  private mutating func count(_ slice: Int) {
    let begun = starts[starts.count - 1]
    if let place = entries[begun...].firstIndex(where: { $0.slice == slice }) {
      entries[place].count += 1
    } else {
      entries.append((slice, 1))
    }
  }

  /// How often the pair of a target is in each slice.
  subscript(target: Int) -> ArraySlice<(slice: Int, count: Int32)> {
    starts.isEmpty ? [] : entries[starts[target]..<starts[target + 1]]
  }
}

/// Parts of the judged queries that are looked at by themselves.
package struct QuerySlices: Sendable {
  package let names: [String]
  let queries: [[Int]]

  /// - Parameter dimensions: of the judged queries.
  package init(_ dimensions: [SliceDimension] = []) {
    let telling = dimensions.map(\.telling)
    names = telling.flatMap(\.names)
    queries = telling.flatMap(\.contents)
  }
}
