import BasicAlgorithms
package import Features
import Kernels
package import LinearAlgebra
import Tables

/// The distinct queries of a training as they are asked: a row of the query vocabulary, and a context. They are numbered
/// by rising rows of the vocabulary, and so a batch has each tower input once, as it has each row of a vocabulary once.
///
/// Takes 12 bytes for each and those of the distinct contexts.
package struct QueriesInContext: Sendable {
  package let features: FeatureSet
  /// A row for each distinct context.
  let encoding: SparseMatrix
  /// The row of the query vocabulary of each.
  private let queries: [Int32]
  /// The place of the context of each in `encoding`.
  private let contexts: [Int32]
  /// The first of each row of the vocabulary.
  private let starts: [Int]

  package var count: Int { queries.count }

  /// - Parameters:
  ///   - pairs: whose queries are rows of the vocabulary.
  ///   - contexts: of each pair, as rows of `encoding`.
  ///   - queryRows: number of rows of the vocabulary.
  package init(
    _ pairs: TrainingPairs, contexts numbers: [Int32], _ features: FeatureSet, encoding: SparseMatrix, queryRows: Int
  ) throws {
    precondition(numbers.count == pairs.count, "\(numbers.count) contexts of \(pairs.count) pairs")
    let byQuery = try Grouping<Int32>(count: queryRows) { take in
      var place = 0
      try pairs.visit { pair, _ in
        take(Int(pair.query.index), numbers[place])
        place += 1
      }
    }
    var (queries, contexts, starts) = ([Int32](), [Int32](), [0])
    for query in 0..<queryRows {
      let first = contexts.count
      for context in byQuery[query].sorted() where contexts.count == first || contexts.last != context {
        queries.append(Int32(query))
        contexts.append(context)
      }
      starts.append(contexts.count)
    }
    self.features = features
    self.encoding = encoding
    (self.queries, self.contexts, self.starts) = (queries, contexts, starts)
  }

  /// The row of the query vocabulary.
  func query(_ number: EmbeddingRow) -> EmbeddingRow { EmbeddingRow(index: queries[Int(number.index)]) }

  /// The place of the context in the encoding.
  func context(_ number: EmbeddingRow) -> Int { Int(contexts[Int(number.index)]) }

  /// Equal numbers for queries whose own inputs are equal, in equal contexts.
  ///
  /// - Parameter numbers: of the inputs of rows of the vocabulary, without their contexts.
  func numbers(ofInputs numbers: [Int32]) -> [Int32] {
    var numbering = PairNumbering()
    return queries.indices.map { numbering.number(Int(numbers[Int(queries[$0])]), Int(contexts[$0])).number }
  }

  /// The number of a query in a context that it has in training.
  private func number(query: EmbeddingRow, context: Int32) -> EmbeddingRow {
    let range = starts[Int(query.index)]..<starts[Int(query.index) + 1]
    return EmbeddingRow(index: range.partitioningIndex { contexts[$0] >= context })
  }

  /// The pairs with numbers of these queries in place of rows of the vocabulary.
  ///
  /// - Parameters:
  ///   - contexts: of each pair, as `init` had them.
  ///   - folder: of a scratch file for more pairs than memory is to hold.
  package func pairs(_ pairs: TrainingPairs, contexts: [Int32], folder: String?) throws -> TrainingPairs {
    var collector = PairCollector(isWeighted: pairs.isWeighted, folder: folder)
    var place = 0
    try pairs.visit { pair, weight in
      try collector.append(
        Pair(query: number(query: pair.query, context: contexts[place]), candidate: pair.candidate), weight: weight)
      place += 1
    }
    return collector.finish()
  }
}

/// The rows of a query vocabulary that queries in contexts have, each once.
struct QueryRuns: Sendable {
  /// Rising.
  private(set) var queries: [EmbeddingRow] = []
  /// The places of each one's.
  private(set) var ranges: [Range<Int>] = []
  /// The place of each among `queries`.
  private(set) var places: [Int32] = []
  /// The rows of the encoding, as rows of a vocabulary of contexts.
  private(set) var contexts: [EmbeddingRow] = []

  /// - Parameter numbers: rising, so that those of one query stand side by side.
  init(_ numbers: [EmbeddingRow], of all: QueriesInContext) {
    var start = 0
    for (place, number) in numbers.enumerated() {
      let query = all.query(number)
      contexts.append(EmbeddingRow(place: all.context(number)))
      if query != queries.last {
        if !queries.isEmpty { ranges.append(start..<place) }
        queries.append(query)
        start = place
      }
      places.append(Int32(queries.count - 1))
    }
    if !queries.isEmpty { ranges.append(start..<numbers.count) }
  }

  /// The sums over each query's rows, and over their occurrences.
  func sums(_ rows: Matrix, _ occurrences: [Float], threads: Int) -> (Matrix, [Float]) {
    let sums = Matrix(rows: queries.count, columns: rows.columns)
    parallelRows(queries.count, threads: threads) { query in
      for row in ranges[query] { sums.addScaled(row: row, of: rows, by: 1, to: query) }
    }
    return (sums, ranges.map { occurrences[$0].reduce(0, +) })
  }
}
