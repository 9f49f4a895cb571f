import BasicAlgorithms

/// Numbers in bins that hold about equally many: each bin has the numbers above the one before and up to its own end.
package struct NumberBins: Sendable, Equatable {
  /// The upper ends of the bins, rising. The last bin has all greater numbers too.
  package let ends: [Double]
  package let rows: [Int]

  static let wanted = 20

  init(ends: [Double], rows: [Int]) {
    self.ends = ends
    self.rows = rows
  }

  /// - Parameter sorted: the numbers, the least first.
  init(sorted: [Double]) {
    var ends: [Double] = []
    for bin in 1...Self.wanted where !sorted.isEmpty {
      let end = sorted[max(0, (sorted.count * bin + Self.wanted - 1) / Self.wanted - 1)]
      if end != ends.last { ends.append(end) }
    }
    self.init(ends: ends, rows: Self.counts(sorted.map { ($0, 1) }, ends))
  }

  /// The rows of each bin, of other numbers.
  func counts(of numbers: some Sequence<(number: Double, rows: Int)>) -> [Int] {
    Self.counts(numbers.map { ($0.number, $0.rows) }, ends)
  }

  private static func counts(_ numbers: [(Double, Int)], _ ends: [Double]) -> [Int] {
    var counts = [Int](repeating: 0, count: ends.count)
    guard !ends.isEmpty else { return counts }
    for (number, rows) in numbers {
      let bin = ends.indices.partitioningIndex { ends[$0] >= number }
      counts[min(bin, ends.count - 1)] += rows
    }
    return counts
  }
}
