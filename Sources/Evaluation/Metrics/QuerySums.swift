import Kernels
import ParallelLoops

/// The terms that each query adds to every number: a row of columns for each, so that sums over any queries, and over
/// any resample of them, can be had later.
final class QuerySums: Sendable {
  struct Layout: Sendable, Equatable {
    let lengths: Int
    let pairSlices: Int

    func base(_ base: Measure.Base, _ seen: SeenProtocol) -> Int { base.rawValue * 2 + seen.place }

    func column(_ measure: Measure, _ seen: SeenProtocol, _ length: Int) -> Int {
      firstMeasure + (measure.place * 2 + seen.place) * lengths + length
    }

    /// The first column of the measures, behind those of the bases.
    private var firstMeasure: Int { Measure.Base.allCases.count * 2 }

    /// The numerators of the measures of quality.
    var quality: Range<Int> { firstMeasure..<firstMeasure + Measure.ofQuality.count * 2 * lengths }

    /// Pairs of a slice.
    func pairs(inSlice slice: Int) -> Int { firstMeasure + width(slice) }

    func hits(inSlice slice: Int, _ seen: SeenProtocol, _ length: Int) -> Int {
      pairs(inSlice: slice) + 1 + seen.place * lengths + length
    }

    private func width(_ slices: Int) -> Int {
      Measure.allCases.count * 2 * lengths + slices * (1 + 2 * lengths)
    }

    /// The columns of the bases and of the measures of slices.
    var sliceColumns: Int { firstMeasure + Measure.ofSlices.count * 2 * lengths }

    var columns: Int { firstMeasure + width(pairSlices) }
  }

  let layout: Layout
  let count: Int
  private let values: SharedBuffer<Double>

  init(count: Int, layout: Layout) {
    self.count = count
    self.layout = layout
    values = SharedBuffer(repeating: 0, count: count * layout.columns)
  }

  /// - Parameter rows: one of each query after the other.
  init(_ rows: [Double], count: Int, layout: Layout) {
    precondition(rows.count == count * layout.columns, "\(rows.count) numbers of \(count) queries")
    self.count = count
    self.layout = layout
    values = SharedBuffer(rows)
  }

  /// The rows of all parts, in their order.
  static func joining(_ parts: [QuerySums], layout: Layout) -> QuerySums {
    precondition(parts.allSatisfy { $0.layout == layout }, "parts with other columns")
    if parts.count == 1 { return parts[0] }
    return QuerySums(parts.flatMap(\.all), count: parts.reduce(0) { $0 + $1.count }, layout: layout)
  }

  /// All rows, one after the other.
  var all: [Double] { (0..<values.count).map { values[$0] } }

  /// Written by the one worker that judges the query.
  func row(_ query: Int) -> Row {
    precondition(0..<count ~= query, "query \(query) of \(count)")
    return Row(values: values, start: query * layout.columns)
  }

  /// Adds a row of sums of the same layout to a query's.
  func add(_ other: Row, to query: Int) {
    let row = row(query)
    for column in 0..<layout.columns { row[column] += other[column] }
  }

  /// Turns a query's sums over its lists into means, in all that is measured by query; what is measured by pair stays.
  func takeMeans(of query: Int) {
    let row = row(query)
    for seen in SeenProtocol.allCases {
      let (queries, lists) = (row[layout.base(.queries, seen)], row[layout.base(.lists, seen)])
      for (base, count) in [(Measure.Base.queries, queries), (.lists, lists), (.histories, lists)] where count > 1 {
        row[layout.base(base, seen)] /= count
        for measure in Measure.allCases where measure.base == base {
          for length in 0..<layout.lengths { row[layout.column(measure, seen, length)] /= count }
        }
      }
    }
  }

  /// A row of means for each run of rows that begins at one of some places.
  func means(ofRunsFrom firsts: [Int]) -> QuerySums {
    let means = QuerySums(count: firsts.count, layout: layout)
    for (run, first) in firsts.enumerated() {
      for query in first..<(run + 1 < firsts.count ? firsts[run + 1] : count) { means.add(row(query), to: run) }
      means.takeMeans(of: run)
    }
    return means
  }

  /// The sums of one query, by their columns.
  struct Row {
    fileprivate let values: SharedBuffer<Double>
    fileprivate let start: Int

    subscript(column: Int) -> Double {
      get { values[start + column] }
      nonmutating set { values[start + column] = newValue }
    }
  }

  /// Columns of some queries as floats, for what needs no more.
  func matrix(_ queries: [Int], columns: Range<Int>, less other: QuerySums? = nil, threads: Int = 1) -> Matrix {
    let matrix = Matrix(rows: queries.count, columns: columns.count)
    let size = 1 << 10
    parallel(blocks: (queries.count + size - 1) / size, threads: threads) { block in
      for place in block * size..<min((block + 1) * size, queries.count) {
        let (source, subtrahend) = (row(queries[place]), other?.row(queries[place]))
        for column in columns {
          matrix[place, column - columns.lowerBound] = Float(source[column] - (subtrahend?[column] ?? 0))
        }
      }
    }
    return matrix
  }

  /// The total of every column over some queries, in their order.
  func totals(_ queries: some Sequence<Int>) -> [Double] {
    var totals = [Double](repeating: 0, count: layout.columns)
    for query in queries {
      let row = row(query)
      for column in totals.indices { totals[column] += row[column] }
    }
    return totals
  }
}
