/// Parts of the held-out pairs that are looked at by themselves.
package struct PairSlices: Sendable {
  package private(set) var names: [String] = []
  private var starts: [Int] = []
  private var entries: [(slice: Int, count: Int32)] = []

  package init() {}

  /// - Parameter dimensions: of the held-out pairs.
  package init(_ dimensions: [SliceDimension], of judged: JudgedQueries) {
    let informative = dimensions.map(\.informative).filter { !$0.names.isEmpty }
    names = informative.flatMap(\.names)
    guard !names.isEmpty else { return }
    let pairs = JaggedArray(
      judged.targetOfPair.indices.map { Int32($0) }, in: judged.targetOfPair, count: judged.targets.values.count)
    starts = [0]
    for target in 0..<pairs.count {
      for pair in pairs[target] { count(informative, pair: Int(pair)) }
      starts.append(entries.count)
    }
  }

  /// - Parameter dimensions: of the targets, each of which is one held-out pair.
  init(_ dimensions: [SliceDimension], targetCount: Int) {
    let informative = dimensions.map(\.informative).filter { !$0.names.isEmpty }
    names = informative.flatMap(\.names)
    guard !names.isEmpty else { return }
    starts = [0]
    for target in 0..<targetCount {
      count(informative, pair: target)
      starts.append(entries.count)
    }
  }

  private mutating func count(_ informative: [SliceDimension], pair: Int) {
    var first = 0
    for dimension in informative {
      for slice in dimension.members[pair] { count(first + Int(slice)) }
      first += dimension.names.count
    }
  }

  /// The slices of some targets, which are numbered from 0 in it.
  func part(_ targets: Range<Int>) -> PairSlices {
    var part = PairSlices()
    part.names = names
    guard !starts.isEmpty else { return part }
    let first = starts[targets.lowerBound]
    part.starts = starts[targets.lowerBound...targets.upperBound].map { $0 - first }
    part.entries = Array(entries[first..<starts[targets.upperBound]])
    return part
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

  /// The number of times that the pair of a target is in each slice.
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
    let informative = dimensions.map(\.informative)
    names = informative.flatMap(\.names)
    queries = informative.flatMap(\.contents)
  }
}
