package import Kernels
import ParallelLoops
import TwoTower

/// The places of recommended lists that new candidates take, measured on a sample of queries, by the factor that the
/// lengths of their vectors are multiplied by.
package struct ListExposure: Sendable {
  /// The length of the lists that are looked at: 20, or a tenth of a small catalog, of which 20 would be nearly all.
  package let listLength: Int
  package static let greatestLength = 20
  static let sampledQueries = 1000
  /// Factors between which a share is looked for. Shorter vectors would score 0 for everybody, whatever their taste, and yet
  /// be shown to all whose other scores are below 0.
  private static let factors: ClosedRange<Float> = 0.0625...16

  /// The best scores of trained candidates by sampled query, falling; what the query has seen does not compete.
  private let trained: [[Float]]
  /// The best scores of new candidates without their bias, by sampled query, falling.
  private let new: [[Float]]
  /// The bias' part of a new candidate's score, by sampled query.
  private let bias: [Float]
  /// The sampled queries, without the column of the bias.
  private let queries: Matrix

  /// - Parameters:
  ///   - queries: vectors of the sampled queries.
  ///   - candidates: vectors of the trained candidates, of the same columns.
  ///   - new: vectors of the new candidates, without the column of the bias if there is one.
  ///   - newBias: the bias of a new candidate, which is the last column of the others; `nil` if there is none.
  ///   - seen: rows of `candidates` that each query has seen.
  package init(
    queries: Matrix, candidates: Matrix, new: Matrix, newBias: Float?, seen: [[Int32]], threads: Int
  ) {
    let ownColumns = queries.columns - (newBias == nil ? 0 : 1)
    precondition(new.columns == ownColumns && candidates.columns == queries.columns && seen.count == queries.rows)
    let own = queries.narrowed(to: ownColumns)
    self.queries = own
    listLength = max(1, min(Self.greatestLength, (candidates.rows + new.rows) / 10))
    trained = Self.best(queries, candidates, without: seen, length: listLength, threads: threads)
    self.new = Self.best(own, new, without: [], length: listLength, threads: threads)
    bias = (0..<queries.rows).map { row in newBias.map { $0 * queries[row, ownColumns] } ?? 0 }
  }

  /// The exposure of new vectors to a sample of the queries that a model was trained on.
  init(of new: Matrix, bias: Float?, beside model: Model, pairs: KnownPairs, threads: Int) {
    let sample = pairs.sampledQueries(Self.sampledQueries)
    let queries = Matrix(rows: sample.count, columns: model.dimension)
    queries.gather(model.queries, rows: sample)
    self.init(
      queries: queries, candidates: model.candidates.withoutFirstRow, new: new, newBias: bias,
      seen: pairs.seen(by: sample), threads: threads)
  }

  private init(_ other: ListExposure, new: [[Float]]) {
    (listLength, trained, bias, queries) = (other.listLength, other.trained, other.bias, other.queries)
    self.new = new
  }

  /// The exposure of the same new candidates with other vectors, in the same lists.
  package func showing(_ vectors: Matrix, threads: Int) -> ListExposure {
    ListExposure(
      self, new: Self.best(queries, vectors, without: [], length: listLength, threads: threads))
  }

  /// The greatest finite scores of each query, falling.
  private static func best(
    _ queries: Matrix, _ candidates: Matrix, without seen: [[Int32]], length: Int, threads: Int
  ) -> [[Float]] {
    guard candidates.rows > 0 else { return Array(repeating: [], count: queries.rows) }
    let packed = PackedRows(candidates)
    let rows = 8
    let lists = SharedBuffer(repeating: [Float](), count: queries.rows)
    parallel(blocks: (queries.rows + rows - 1) / rows, threads: threads) { block in
      let range = block * rows..<min((block + 1) * rows, queries.rows)
      let scores = Matrix(rows: range.count, columns: candidates.rows)
      let own = Matrix(rows: range.count, columns: queries.columns)
      let keys = SharedBuffer<UInt64>(
        uninitialised: BestCandidates.capacity(limit: length, tileWidth: candidates.rows))
      for (place, row) in range.enumerated() { own.copy(row: row, of: queries, to: place) }
      Kernels.scores(of: 0..<range.count, in: own, against: packed, into: scores)
      for (place, row) in range.enumerated() {
        for candidate in row < seen.count ? seen[row] : [] { scores[place, Int(candidate)] = -.infinity }
        var best = unsafe BestCandidates(limit: length, buffer: keys.pointer)
        unsafe best.take(scores.pointer(row: place), count: candidates.rows, first: 0)
        best.finish()
        lists[row] = (0..<best.count).map { best.key($0).score }
      }
    }
    return Array(lists)
  }

  /// The share of all places of the lists that new candidates take; of equal scores a trained candidate comes first.
  package func share(factor: Float) -> Double {
    var (taken, places) = (0, 0)
    for query in trained.indices {
      let length = min(listLength, trained[query].count + new[query].count)
      places += length
      var (old, fresh) = (0, 0)
      while old + fresh < length {
        guard fresh < new[query].count else { break }
        if old < trained[query].count, trained[query][old] >= factor * new[query][fresh] + bias[query] {
          old += 1
        } else {
          fresh += 1
        }
      }
      taken += fresh
    }
    return Double(taken) / Double(max(places, 1))
  }

  /// The factor that brings the share nearest to `share`.
  ///
  /// A share that even the greatest factor does not reach gives that factor, and one that the least passes gives the least.
  package func factor(share: Double) -> Float {
    var (low, high) = (Self.factors.lowerBound, Self.factors.upperBound)
    guard self.share(factor: low) < share else { return low }
    for _ in 0..<32 {
      let middle = (low + high) / 2
      if self.share(factor: middle) < share { low = middle } else { high = middle }
    }
    return high
  }
}
