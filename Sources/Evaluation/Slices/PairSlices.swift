/// Parts that things are sorted into by one property of theirs; a thing may be in several or in none.
package struct SliceDimension: Sendable, Equatable {
  package let names: [String]
  /// Of each thing, the places of its slices.
  package let members: Lists

  package init(names: [String], members: Lists) {
    self.names = names
    self.members = members
  }

  /// - Parameter place: of each thing's slice; nil for one that is in none.
  package init(names: [String], places: some Sequence<Int?>) {
    var members = Lists()
    for place in places { members.append(place.map { [Int32($0)] } ?? []) }
    self.init(names: names, members: members)
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
    let sizes = contents.map(\.count)
    let kept = names.indices.filter { 0 < sizes[$0] && sizes[$0] < members.count }
    var numbers = [Int32?](repeating: nil, count: names.count)
    for (new, old) in kept.enumerated() { numbers[old] = Int32(new) }
    var lists = Lists()
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
    var keys: [UInt64] = []
    for dimension in dimensions.map(\.telling) {
      for pair in 0..<dimension.members.count {
        for slice in dimension.members[pair] {
          keys.append(UInt64(judged.targetOfPair[pair]) << 32 | UInt64(names.count + Int(slice)))
        }
      }
      names += dimension.names
    }
    guard !names.isEmpty else { return }
    starts = [Int](repeating: 0, count: judged.targets.values.count + 1)
    var last: UInt64?
    for key in keys.sorted() {
      if last != key {
        entries.append((Int(key & 0xffff_ffff), 0))
        starts[Int(key >> 32) + 1] += 1
        last = key
      }
      entries[entries.count - 1].count += 1
    }
    for target in 1..<starts.count { starts[target] += starts[target - 1] }
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
