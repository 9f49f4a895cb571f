import Artifacts
import Kernels

/// What recall an index was found to have, on which queries, and what other efforts would have.
package struct Certificate: Sendable, Equatable {
  /// The recall of one effort: the share of the exact best k that a search finds, a mean over queries.
  package struct Point: Sendable, Equatable {
    package var effort: ApproximateIndex.Effort
    package var recall: Double
    /// Half of the 95 % interval of the mean.
    package var margin: Double
    /// Cycles of one core that a query takes, by the count of what it reads and computes.
    package var cycles: Double
  }

  package var k: Int
  package var target: Double
  /// Queries that the recall was measured on; none of them had a part in choosing the effort.
  package var queries: Int
  package var point: Point
  /// The least effort for each recall, by rising recall, on the queries that the effort was chosen with.
  package var curve: [Point]

  package var summary: [Summary.Item] {
    [
      .fact("recall@\(k)", "\(decimals(point.recall, 4)) ± \(decimals(point.margin, 4)) on \(queries) queries"),
      .fact("asked", "\(decimals(target, 4))"), .fact("probes", "\(point.effort.probes)"),
      .fact("scored exactly", "\(point.effort.reordered)"),
      .fact("cycles a query (estimate)", decimals(point.cycles, 0)),
      .table(
        title: "recall@\(k) against effort", columns: ["probes", "scored exactly", "recall", "cycles a query"],
        rows: curve.map { point in
          [
            "\(point.effort.probes)", "\(point.effort.reordered)", decimals(point.recall, 4),
            decimals(point.cycles, 0),
          ]
        }),
    ]
  }
}

/// Finds the least effort that reaches a recall, by trying efforts on real queries against exact answers.
package struct Tuning {
  let index: ApproximateIndex
  let k: Int
  let threads: Int
  private let trial: Queries
  private let proof: Queries

  /// Queries and what an exact search finds for them.
  private struct Queries {
    let matrix: Matrix
    let truth: [Set<Int>]

    init(_ matrix: Matrix, _ exact: ExactIndex, k: Int, threads: Int) {
      self.matrix = matrix
      truth = exact.search(matrix, k: k, threads: threads).map { Set($0.map(\.candidate)) }
    }
  }

  /// - Parameters:
  ///   - exact: over the same candidates.
  ///   - queries: at least two; every second one proves what was chosen with the others.
  package init(_ index: ApproximateIndex, exact: ExactIndex, queries: Matrix, k: Int, threads: Int) {
    precondition(queries.rows >= 2, "\(queries.rows) queries to tune by")
    self.index = index
    self.k = min(k, index.count)
    self.threads = threads
    func half(_ first: Int) -> Queries {
      let rows = stride(from: first, to: queries.rows, by: 2).map { Int32($0) }
      let matrix = Matrix(rows: rows.count, columns: queries.columns)
      matrix.gather(queries, rows: rows)
      return Queries(matrix, exact, k: min(k, index.count), threads: threads)
    }
    trial = half(0)
    proof = half(1)
  }

  /// The least effort that reaches `target`, or nil if none does at less than a search of everything costs.
  package func certificate(target: Double) -> Certificate? {
    var tried: [Certificate.Point] = []
    for depth in depths {
      var (low, high) = (0, ladder.count - 1)
      guard measure(depth, ladder[high], &tried).recall >= target else { continue }
      while low < high {
        let middle = (low + high) / 2
        let point = measure(depth, ladder[middle], &tried)
        // The lower end of the interval, so that other queries find it so too.
        if point.recall - point.margin >= target { high = middle } else { low = middle + 1 }
      }
      _ = measure(depth, ladder[high], &tried)
    }
    let reached = tried.filter { $0.recall - $0.margin >= target || $0.recall == 1 }
    guard let chosen = reached.min(by: { ($0.cycles, $0.effort.probes) < ($1.cycles, $1.effort.probes) }),
      chosen.cycles < exactCycles
    else { return nil }
    return Certificate(
      k: k, target: target, queries: proof.matrix.rows, point: point(chosen.effort, on: proof), curve: frontier(tried))
  }

  private var depths: [Int] {
    let wanted = [1, 1.5, 2, 3, 5, 10, 20].map { min(Int(Double(k) * $0), index.count) }
    return wanted.enumerated().filter { $0.offset == 0 || wanted[$0.offset - 1] < $0.element }.map(\.element)
  }

  /// Numbers of leaves, each a quarter more than the one before.
  private var ladder: [Int] {
    var steps = [1]
    while let last = steps.last, last < index.leafCount {
      steps.append(min(max(last + 1, last * 5 / 4), index.leafCount))
    }
    return steps
  }

  private func measure(_ depth: Int, _ probes: Int, _ tried: inout [Certificate.Point]) -> Certificate.Point {
    let effort = ApproximateIndex.Effort(probes: probes, reordered: depth)
    if let point = tried.first(where: { $0.effort == effort }) { return point }
    let point = point(effort, on: trial)
    tried.append(point)
    return point
  }

  private func point(_ effort: ApproximateIndex.Effort, on queries: Queries) -> Certificate.Point {
    let lists = index.search(queries.matrix, k: k, effort: effort, threads: threads)
    let recalls = zip(lists, queries.truth).map { list, truth in
      truth.isEmpty ? 1 : Double(list.count { truth.contains($0.candidate) }) / Double(truth.count)
    }
    let count = Double(recalls.count)
    let mean = recalls.reduce(0, +) / count
    let variance = recalls.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / max(count - 1, 1)
    return Certificate.Point(
      effort: effort, recall: mean, margin: 1.96 * (variance / count).squareRoot(), cycles: cycles(of: effort))
  }

  /// Two cycles for 16 dimensions of a centroid, one for 16 subspaces of a candidate, 40 and a half a dimension for one
  /// that is scored exactly.
  private func cycles(of effort: ApproximateIndex.Effort) -> Double {
    let scanned = Double(index.count) * Double(effort.probes) / Double(index.leafCount)
    return Double(index.leafCount * index.dimension) / 8 + scanned * Double(index.quantizer.subspaces) / 16
      + Double(effort.reordered) * (40 + Double(index.dimension) / 2)
  }

  private var exactCycles: Double { Double(index.count * index.dimension) / 4 }

  /// Points that no other beats in both recall and cost.
  private func frontier(_ points: [Certificate.Point]) -> [Certificate.Point] {
    points.sorted { ($0.cycles, $1.recall) < ($1.cycles, $0.recall) }.reduce(into: []) { kept, point in
      if point.recall > kept.last?.recall ?? -1 { kept.append(point) }
    }
  }
}
