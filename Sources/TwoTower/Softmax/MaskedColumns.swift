import BasicAlgorithms
import Kernels
package import Tables

/// The scores of a batch that are left out of its dense sums: columns of each query, and rows of each candidate.
package struct MaskedColumns: Sendable {
  /// Columns of row r, rising: `starts[r]..<starts[r + 1]`.
  struct Lists: Sendable {
    var starts: [Int]
    var columns: [Int32]

    func row(_ row: Int) -> ArraySlice<Int32> { columns[starts[row]..<starts[row + 1]] }

    func sweep(_ block: Range<Int>) -> Sweep { Sweep(lists: self, block: block) }
  }

  let ofQueries: Lists
  let ofCandidates: Lists

  /// The pairs of the batch themselves.
  package init(pairsOf batch: Batch) {
    ofQueries = Lists(starts: batch.queries.starts, columns: batch.queries.partners)
    ofCandidates = Lists(starts: batch.candidates.starts, columns: batch.candidates.partners)
  }

  /// The pairs of the batch, and what else its queries chose in all of training.
  package init(_ batch: Batch, history: PositiveHistory) {
    let columns = Dictionary(
      uniqueKeysWithValues: batch.candidates.rows.enumerated().map { ($1, Int32($0)) })
    var queries = Lists(starts: [0], columns: [])
    for row in batch.queries.rows {
      queries.columns += history[row].compactMap { columns[$0] }
      queries.starts.append(queries.columns.count)
    }
    let candidates = Grouping<Int32>(count: batch.candidates.rows.count) { take in
      for query in batch.queries.rows.indices {
        for column in queries.row(query) { take(Int(column), Int32(query)) }
      }
    }
    ofQueries = queries
    ofCandidates = Lists(starts: candidates.starts, columns: candidates.elements)
  }

  /// Goes through the lists of a block of rows, tile by tile from the left.
  struct Sweep {
    private let lists: Lists
    private let block: Range<Int>
    private var next: [Int]

    init(lists: Lists, block: Range<Int>) {
      self.lists = lists
      self.block = block
      next = block.map { lists.starts[$0] }
    }

    /// Visits the columns that each row of the block has in the next tile.
    ///
    /// - Parameter body: gets a row of the block, and its columns, whose indices are their places in the lists.
    mutating func visit(_ tile: Range<Int>, _ body: (_ row: Int, _ columns: ArraySlice<Int32>) -> Void) {
      for row in 0..<block.count {
        let (start, end) = (next[row], lists.starts[block.lowerBound + row + 1])
        while next[row] < end, Int(lists.columns[next[row]]) < tile.upperBound { next[row] += 1 }
        if start < next[row] { body(row, lists.columns[start..<next[row]]) }
      }
    }
  }
}

/// The distinct candidates that each query chose in training, in whatever context, as rows in rising order.
package struct PositiveHistory: Sendable {
  private let starts: [Int]
  private let candidates: [EmbeddingRow]
  private let contexts: QueriesInContext?

  /// Takes 4 bytes a pair, and 8 a query.
  ///
  /// - Parameter contexts: the queries in contexts that pairs have in place of rows of the vocabulary, if they do.
  package init(_ pairs: TrainingPairs, queryRows: Int, contexts: QueriesInContext? = nil) throws {
    self.contexts = contexts
    let chosen = try Grouping<EmbeddingRow>(count: queryRows) { take in
      try pairs.visit { pair, _ in take(Int((contexts?.query(pair.query) ?? pair.query).index), pair.candidate) }
    }
    let ends = chosen.starts
    var all = chosen.elements
    var (starts, kept) = ([0], 0)
    for row in 0..<queryRows {
      all[ends[row]..<ends[row + 1]].sort()
      for place in ends[row]..<ends[row + 1] where place == ends[row] || all[place] != all[kept - 1] {
        all[kept] = all[place]
        kept += 1
      }
      starts.append(kept)
    }
    self.starts = starts
    candidates = Array(all[..<kept])
  }

  package subscript(query: EmbeddingRow) -> ArraySlice<EmbeddingRow> {
    let row = Int((contexts?.query(query) ?? query).index)
    return candidates[starts[row]..<starts[row + 1]]
  }
}
