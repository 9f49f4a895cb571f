import BasicAlgorithms
import Features
import Interactions
import Kernels
package import LinearAlgebra
import Tables
package import TwoTower

/// The contexts of judged queries, as a model with context reads them.
package struct QueryContexts: Sendable {
  let towers: ContextualQueries
  /// A row for each distinct context.
  let encoding: SparseMatrix
  /// The row of each judged query.
  let rows: [Int]

  /// - Parameters:
  ///   - rows: of the encoding, one for each judged query.
  /// - Returns: `nil` for a model without context.
  package init?(_ model: Model, _ encoding: SparseMatrix, rows: [Int]) {
    guard let towers = ContextualQueries(model) else { return nil }
    self.towers = towers
    self.encoding = encoding
    self.rows = rows
  }

  /// `true` if the model knows a value of the context of a judged query.
  func isKnown(_ query: Int) -> Bool { encoding.starts[rows[query]] < encoding.starts[rows[query] + 1] }

  /// A row for each of some judged queries, by its row in the model's table; whoever has none is an average query.
  func vectors(of places: [Int], _ queryRows: [EmbeddingRow], threads: Int) -> Matrix {
    towers.vectors(
      of: places.map { queryRows[$0] }, encoding, contexts: places.map { rows[$0] }, threads: threads)
  }

  /// A row for each of some judged queries by its own features.
  func vectors(of places: [Int], _ described: DescribedQueries, _ judged: JudgedQueries, threads: Int) -> Matrix {
    towers.vectors(
      byFeatures: described.encoding, rows: places.map { Int(judged.queries[$0]) }, encoding,
      contexts: places.map { rows[$0] }, threads: threads)
  }
}

/// The contexts of test pairs, for two models that may read different features of them.
struct TestContexts: Sendable {
  let model: EncodedContexts?
  let other: EncodedContexts?
  /// The number of each pair's context, different where the contexts of either model are.
  let numbers: [Int32]
  /// The contexts of both models by that number.
  private var pairs: [(model: Int, other: Int)] = []

  /// - Returns: `nil` where no model reads contexts.
  /// - Throws: `FeatureError` if the test interactions lack a column.
  init?(_ model: Model, other: Model?, test: Interactions) throws {
    self.model = try model.context.map { try EncodedContexts($0.features, of: test) }
    self.other = try other?.context.map { try EncodedContexts($0.features, of: test) }
    guard self.model != nil || self.other != nil else { return nil }
    var numbering = PairNumbering()
    var (numbers, pairs) = ([Int32](), [(model: Int, other: Int)]())
    for pair in 0..<test.count {
      let own = (model: Int(self.model?.numbers[pair] ?? 0), other: Int(self.other?.numbers[pair] ?? 0))
      let (number, isNew) = numbering.number(own.model, own.other)
      if isNew { pairs.append(own) }
      numbers.append(number)
    }
    self.numbers = numbers
    self.pairs = pairs
  }

  /// The contexts of judged queries as the model reads them; `nil` if it reads none.
  func ofModel(_ model: Model, _ judged: JudgedQueries) -> QueryContexts? {
    self.model.flatMap { QueryContexts(model, $0.matrix, rows: (judged.contexts ?? []).map { pairs[Int($0)].model }) }
  }

  /// The same of the other model.
  func ofOther(_ other: Model, _ judged: JudgedQueries) -> QueryContexts? {
    self.other.flatMap { QueryContexts(other, $0.matrix, rows: (judged.contexts ?? []).map { pairs[Int($0)].other }) }
  }
}
