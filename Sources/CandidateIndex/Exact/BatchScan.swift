import BasicAlgorithms
import Kernels

/// Several queries against all candidates, which are read once for all of them.
///
/// Unsafe inside, for the kernels: they write a tile's keys into the room of each list, all in one buffer that lives as
/// long as the search.
struct BatchScan {
  /// Candidates between two updates of the thresholds.
  static let tileWidth = 1024

  let vectors: PackedRows
  let filter: CandidateFilter?
  /// The candidates that each query may not find, rising; empty if none has any.
  let excluded: [[UInt32]]

  /// The number of queries per pass: whole blocks of six, as many as stay in the first-level cache, shared evenly among
  /// threads.
  static func rows(_ queries: Int, columns: Int, threads: Int) -> Int {
    let most = min(max(4096 / max(columns, 1), 2), 16) * 6
    let share = (queries + max(threads, 1) - 1) / max(threads, 1)
    let passes = max((share + most - 1) / most, 1)
    return max((share + passes - 1) / passes + 5, 6) / 6 * 6
  }

  func search(_ range: Range<Int>, of queries: Matrix, k: Int) -> [[Neighbour]] {
    guard k > 0, vectors.rows > 0 else { return range.map { _ in [] } }
    let capacity = BestCandidates.capacity(limit: k, tileWidth: Self.tileWidth)
    let buffer = SharedBuffer<UInt64>(uninitialised: range.count * capacity)
    var lists = range.indices.map { row in
      unsafe BestCandidates(limit: k, buffer: buffer.pointer + (row - range.lowerBound) * capacity)
    }
    takeFirst(range, of: queries, &lists)
    var found = [Int](repeating: 0, count: range.count)
    var thresholds = lists.map(\.threshold)
    for start in stride(from: Self.tileWidth, to: vectors.rows, by: Self.tileWidth) {
      let tile = start..<min(start + Self.tileWidth, vectors.rows)
      let targets = unsafe lists.indices.map { unsafe lists[$0].room() }
      for row in lists.indices { thresholds[row] = lists[row].threshold }
      unsafe scanPanels(
        range, of: queries, against: vectors, tile: tile, above: thresholds, into: targets, found: &found)
      for row in lists.indices where found[row] > 0 { took(found[row], range.lowerBound + row, &lists[row]) }
    }
    return lists.indices.map { row in
      lists[row].finish()
      return lists[row].neighbours
    }
  }

  /// Stores the scores of the first tile, from which the k-th scores are bounded in advance.
  private func takeFirst(_ range: Range<Int>, of queries: Matrix, _ lists: inout [BestCandidates]) {
    let tile = 0..<min(Self.tileWidth, vectors.rows)
    guard filter == nil else {
      var found = [Int](repeating: 0, count: range.count)
      unsafe scanPanels(
        range, of: queries, against: vectors, tile: tile, above: lists.map(\.threshold),
        into: unsafe lists.indices.map { unsafe lists[$0].room() }, found: &found)
      for row in lists.indices { took(found[row], range.lowerBound + row, &lists[row]) }
      return
    }
    let scores = AlignedFloats(uninitialised: range.count * Self.tileWidth)
    unsafe Kernels.scores(
      of: range, in: queries, against: vectors, tile: tile, into: scores.pointer, stride: Self.tileWidth)
    for row in lists.indices {
      let own = unsafe scores.pointer + row * Self.tileWidth
      if !excluded.isEmpty {
        for candidate in excluded[range.lowerBound + row].prefix(while: { $0 < tile.count }) {
          unsafe own[Int(candidate)] = -.infinity
        }
      }
      unsafe lists[row].take(own, count: tile.count, first: 0)
    }
  }

  private func took(_ found: Int, _ query: Int, _ list: inout BestCandidates) {
    guard !excluded.isEmpty, !excluded[query].isEmpty else {
      list.took(found, allowedBy: filter)
      return
    }
    unsafe excluded[query].withUnsafeBufferPointer { excluded in
      list.took(found) { unsafe filter?.allows($0) ?? true && !excluded.containsSorted(UInt32($0)) }
    }
  }
}

extension UnsafeBufferPointer<UInt32> {
  /// `true` if the numbers, which rise, contain `number`: O(log `count`).
  fileprivate func containsSorted(_ number: UInt32) -> Bool {
    let index = indices.partitioningIndex { unsafe self[$0] >= number }
    return unsafe index < count && self[index] == number
  }
}
