import BasicAlgorithms
package import Kernels

/// Finds the cheapest search parameters that reach a recall, by trying some on real queries against exact answers.
package struct Tuning {
  let index: ApproximateIndex
  let k: Int
  let threads: Int
  private let trial: Queries
  private let proof: Queries

  /// Queries and the candidates that an exact search finds for each.
  private struct Queries {
    let matrix: Matrix
    let truth: [Set<Int>]

    init(_ matrix: Matrix, _ lists: [[Neighbour]]) {
      self.matrix = matrix
      truth = lists.map { Set($0.map(\.candidate)) }
    }
  }

  /// Computes the ground truth with an exact index of the same candidates.
  ///
  /// - Parameters:
  ///   - exact: over the same candidates.
  ///   - queries: at least two; parameters are chosen with every other one and confirmed with the rest.
  package init(_ index: ApproximateIndex, exact: ExactIndex, queries: Matrix, k: Int, threads: Int) {
    let truth = exact.search(queries, k: min(k, index.count), threads: threads)
    self.init(index, truth: truth, queries: queries, k: k, threads: threads)
  }

  /// - Parameter truth: the exact best k of each query.
  package init(_ index: ApproximateIndex, truth: [[Neighbour]], queries: Matrix, k: Int, threads: Int) {
    precondition(truth.count == queries.rows, "\(truth.count) lists of \(queries.rows) queries")
    precondition(queries.rows >= 2, "\(queries.rows) queries to tune by")
    self.index = index
    self.k = min(k, index.count)
    self.threads = threads
    func half(_ first: Int) -> Queries {
      let rows = stride(from: first, to: queries.rows, by: 2).map { Int32($0) }
      let matrix = Matrix(rows: rows.count, columns: queries.columns)
      matrix.gather(queries, rows: rows)
      return Queries(matrix, rows.map { truth[Int($0)] })
    }
    trial = half(0)
    proof = half(1)
  }

  /// The cheapest parameters that reach `target`, or nil if none do at less than an exhaustive search costs.
  package func certificate(target: Double) -> Certificate? {
    var tried: [Certificate.Point] = []
    for depth in depths {
      let last = Self.reaches.count - 1
      guard measure(depth, Self.reaches[last], &tried).recall >= target else { continue }
      let least = (0..<last).partitioningIndex { reach in
        let point = measure(depth, Self.reaches[reach], &tried)
        // The lower end of the interval, so that the recall is likely to hold on other queries.
        return point.recall - point.margin >= target
      }
      _ = measure(depth, Self.reaches[least], &tried)
    }
    let reached = tried.filter { $0.recall - $0.margin >= target || $0.recall == 1 }
    guard let chosen = reached.min(by: { ($0.cycles, $0.scanned) < ($1.cycles, $1.scanned) }),
      chosen.cycles < exactCycles
    else { return nil }
    return Certificate(
      k: k, target: target, queries: proof.matrix.rows, point: proved(chosen.parameters), curve: frontier(tried))
  }

  /// Reaches that are tried, in quarters of a standard deviation; the last scans everything.
  private static let reaches: [Float] = (0...32).map { Float($0) / 4 } + [1_000_000]

  private var depths: [Int] {
    let depths = [1.25, 1.5, 2, 2.5, 3, 4, 6, 10].map { min(max(Int(Double(k) * $0), k + 10), index.count) }
    return depths.enumerated().filter { $0.offset == 0 || depths[$0.offset - 1] < $0.element }.map(\.element)
  }

  private func measure(_ depth: Int, _ reach: Float, _ tried: inout [Certificate.Point]) -> Certificate.Point {
    let parameters = SearchParameters(reach: reach, reordered: depth, k: max(k, 1))
    if let point = tried.first(where: { $0.parameters == parameters }) { return point }
    let point = point(parameters, on: trial)
    tried.append(point)
    return point
  }

  private func point(_ parameters: SearchParameters, on queries: Queries) -> Certificate.Point {
    let (lists, work) = index.measured(queries.matrix, k: k, parameters: parameters, threads: threads)
    let recalls = zip(lists, queries.truth).map { list, truth in
      truth.isEmpty ? 1 : Double(list.count { truth.contains($0.candidate) }) / Double(truth.count)
    }
    let (count, recall) = (Double(recalls.count), MeanInterval(recalls))
    return Certificate.Point(
      parameters: parameters, recall: recall.value, margin: recall.margin,
      scanned: Double(work.scanned) / count, cycles: work.cycles(of: index, searches: lists.count, k: k) / count)
  }

  /// Measures parameters on the proving queries.
  func proved(_ parameters: SearchParameters) -> Certificate.Point { point(parameters, on: proof) }

  /// Measures the time of a query by the clock: a mean over the proving queries, on one thread.
  package func time(of parameters: SearchParameters) -> Duration {
    let begin = ContinuousClock.now
    _ = index.measured(proof.matrix, k: k, parameters: parameters, threads: 1)
    return (ContinuousClock.now - begin) / proof.matrix.rows
  }

  private var exactCycles: Double { ExactIndex.cycles(count: index.count, dimension: index.dimension, k: k) }

  /// The Pareto front: points that no other beats in both recall and cost.
  private func frontier(_ points: [Certificate.Point]) -> [Certificate.Point] {
    points.sorted { ($0.cycles, $1.recall) < ($1.cycles, $0.recall) }.reduce(into: []) { kept, point in
      if point.recall > kept.last?.recall ?? -1 { kept.append(point) }
    }
  }
}
