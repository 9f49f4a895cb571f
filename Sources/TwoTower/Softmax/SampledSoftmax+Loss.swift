import BasicAlgorithms
import Interactions
import Kernels
package import LinearAlgebra
package import Tables

extension SampledSoftmax {
  /// The loss alone: one product and one pass of exponentials, a third of what gradients take.
  package func loss(threads: Int) -> Double {
    precondition(lists.values.count == 0, "hard negatives are lists of their own")
    let level = commonLevel()
    forEachBlock(of: 0..<queries.rows, threads: threads) { block in
      let rows = PanelMatrix(uninitialisedRows: block.count, columns: candidates.rows)
      let softmax = softmax(of: block, into: rows, at: 0, level: level) { _ in }
      for (row, query) in block.enumerated() {
        let dense = DenseSum(level: softmax.levels[row], sum: softmax.sum(row))
        _ = apart == nil ? DenseShare(factor: finish(query, dense)) : finishApart(query, dense)
      }
    }
    return unsafe losses.buffer.reduce(0, +)
  }
}

extension Model {
  /// The summed loss of held-out pairs, in nats: what training minimised, a penalty left out, with the pairs of the
  /// batch as in-batch negatives of one another or with all candidates. nil where training minimised something else.
  ///
  /// - Parameters:
  ///   - queryRows, candidateRows: rows of the tables, pair by pair, none of them 0.
  ///   - contexts: an encoding of contexts, and the row of it that each pair's query is asked in, for a query tower with
  ///     context.
  package func heldOutLoss(
    queryRows: [EmbeddingRow], candidateRows: [EmbeddingRow],
    contexts: (encoding: SparseMatrix, numbers: [Int])? = nil, threads: Int
  ) -> Double? {
    guard let method = recipe.method as? SoftmaxRecipe, let kind = method.loss else { return nil }
    // A bias came after training.
    let own = recipe.ownDimension(of: dimension)
    let distinct = contexts.map { DistinctQueries(queryRows, contexts: $0.numbers) }
    let batch = Batch(
      queries: distinct?.places ?? queryRows, candidates: candidateRows,
      catalog: kind == .all ? EmbeddingRow.known(of: candidates.rows) : nil)
    func vectors(_ table: Matrix, _ rows: [EmbeddingRow]) -> Matrix {
      EmbeddingTower(.query, table.narrowed(to: own)).vectors(of: rows, threads: threads)
    }
    func queryVectors() -> Matrix {
      guard let context, let contexts, let distinct else { return vectors(queries, batch.queries.rows) }
      return context.vectors(
        context.inputs(of: distinct.queries), contexts.encoding, contexts: distinct.contexts, threads: threads)
    }
    return SampledSoftmax(
      batch,
      queries: ScaledVectors(queryVectors(), isNormalised: false, factor: 1 / method.temperature).matrix,
      candidates: vectors(candidates, batch.candidates.rows),
      copies: kind == .all ? [Float](repeating: 1, count: batch.candidates.rows.count) : nil
    ).loss(threads: threads)
  }
}

/// The distinct queries of pairs, each in a context.
private struct DistinctQueries {
  private(set) var queries: [EmbeddingRow] = []
  private(set) var contexts: [Int] = []
  /// The number of each pair's query, from 0, as a row of a table.
  private(set) var places: [EmbeddingRow] = []

  init(_ rows: [EmbeddingRow], contexts numbers: [Int]) {
    var numbering = PairNumbering()
    for (row, context) in zip(rows, numbers) {
      let (place, isNew) = numbering.number(Int(row.index), context)
      if isNew {
        queries.append(row)
        contexts.append(context)
      }
      places.append(EmbeddingRow(index: Int(place)))
    }
  }
}
