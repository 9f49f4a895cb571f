import Kernels
import MetricTable
import ParallelLoops
import RandomNumbers

/// Totals of columns over many resamples of the queries, each a weighted sum.
///
/// Queries are drawn, not pairs: the pairs of one query are not independent. All columns see the same resamples, so
/// that two models can be compared within each.
struct Resampling: Sendable {
  enum Kind { case bootstrap, signs }

  let count: Int
  let seed: UInt64
  let threads: Int

  /// Values of some queries, in the order of the queries.
  struct Table {
    /// The numbers of the queries, rising.
    let queries: [Int]
    let values: Matrix
  }

  /// Returns a row of totals for each resample, table by table.
  func totals(_ kind: Kind, of tables: [Table], queryCount: Int) -> [Matrix] {
    let results = tables.map { Matrix(rows: count, columns: $0.values.columns) }
    let size = ResampleBlock.rows
    parallel(blocks: (count + size - 1) / size, threads: threads) { block in
      var block = ResampleBlock(kind, block * size..<min((block + 1) * size, count), seed: seed, tables: tables.count)
      for start in stride(from: 0, to: queryCount, by: ResampleBlock.queries) {
        block.draw(start..<min(start + ResampleBlock.queries, queryCount))
        for number in tables.indices { block.add(tables[number], number, to: results[number]) }
      }
    }
    return results
  }
}

/// Some resamples, while their queries are drawn a tile at a time.
///
/// Unsafe inside, for speed: each resample draws a weight for each query, into its own row of `rows × queries`.
private struct ResampleBlock {
  static let rows = 48
  static let queries = 256

  private let kind: Resampling.Kind
  private let resamples: Range<Int>
  private static let poisson = PoissonWeights()
  private var generators: [RandomGenerator]
  private var tile = 0..<0
  private let weights: AlignedFloats
  private let chosen: AlignedFloats
  /// The number of each table's queries that lie before the tile's end.
  private var next: [Int]

  init(_ kind: Resampling.Kind, _ resamples: Range<Int>, seed: UInt64, tables: Int) {
    self.kind = kind
    self.resamples = resamples
    generators = resamples.map { RandomGenerator(seed: seed &+ UInt64($0), stream: "\(kind)") }
    weights = AlignedFloats(uninitialised: resamples.count * Self.queries)
    chosen = AlignedFloats(uninitialised: resamples.count * Self.queries)
    next = [Int](repeating: 0, count: tables)
  }

  mutating func draw(_ tile: Range<Int>) {
    self.tile = tile
    for row in generators.indices {
      let line = unsafe UnsafeMutableBufferPointer(start: weights.pointer + row * Self.queries, count: tile.count)
      switch kind {
      case .bootstrap: unsafe Self.poisson.draw(&generators[row], into: line)
      case .signs: unsafe Self.drawSigns(&generators[row], into: line)
      }
    }
  }

  mutating func add(_ table: Resampling.Table, _ number: Int, to result: Matrix) {
    let first = next[number]
    var end = first
    while end < table.queries.count, table.queries[end] < tile.upperBound { end += 1 }
    next[number] = end
    guard first < end else { return }
    var source = weights
    if end - first < tile.count {
      choose(table.queries[first..<end])
      source = chosen
    }
    unsafe addWeighted(
      weights: source.pointer, stride: Self.queries, rows: resamples, of: result, source: table.values,
      sourceRows: first..<end)
  }

  /// The weights of some of the tile's queries side by side.
  private func choose(_ queries: ArraySlice<Int>) {
    for row in 0..<resamples.count {
      let (from, to) = unsafe (weights.pointer + row * Self.queries, chosen.pointer + row * Self.queries)
      for (column, query) in queries.enumerated() { unsafe to[column] = unsafe from[query - tile.lowerBound] }
    }
  }

  private static func drawSigns(_ random: inout RandomGenerator, into signs: UnsafeMutableBufferPointer<Float>) {
    var bits: UInt64 = 0
    for place in signs.indices {
      bits = place % 64 == 0 ? random.next() : bits >> 1
      unsafe signs[place] = bits & 1 == 0 ? 1 : -1
    }
  }
}

extension Interval {
  /// The interval of the middle 95 % of some numbers.
  ///
  /// - Parameter values: those that are not numbers are left out.
  init?(middleOf values: some Sequence<Float>) {
    var keys: [UInt64] = []
    for value in values where !value.isNaN { keys.append(RankedKey(value, candidate: UInt32(keys.count)).bits) }
    guard keys.count > 1 else { return nil }
    // So many lie beyond either end.
    let beyond = keys.count / 40
    let bounds = unsafe keys.withUnsafeMutableBufferPointer { buffer -> (least: Float, greatest: Float)? in
      guard let start = buffer.baseAddress else { return nil }
      let high = unsafe keepGreatest(beyond + 1, of: start, count: buffer.count).least.score
      for place in buffer.indices { unsafe buffer[place] = unsafe ~buffer[place] }
      let low = unsafe keepGreatest(beyond + 1, of: start, count: buffer.count).least
      return (RankedKey(bits: ~low.bits).score, high)
    }
    guard let bounds else { return nil }
    self.init(low: Double(bounds.least), high: Double(bounds.greatest))
  }
}
