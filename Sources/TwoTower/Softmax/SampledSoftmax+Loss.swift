import Interactions
import Kernels
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
  package func heldOutLoss(queryRows: [EmbeddingRow], candidateRows: [EmbeddingRow], threads: Int) -> Double? {
    guard let method = recipe.method as? SoftmaxRecipe, let kind = method.loss else { return nil }
    // A bias came after training.
    let own = recipe.ownDimension(of: dimension)
    let batch = Batch(
      queries: queryRows, candidates: candidateRows,
      catalog: kind == .all ? EmbeddingRow.known(of: candidates.rows) : nil)
    func vectors(_ table: Matrix, _ rows: [EmbeddingRow]) -> Matrix {
      EmbeddingTower(.query, table.narrowed(to: own)).vectors(of: rows, threads: threads)
    }
    return SampledSoftmax(
      batch,
      queries: ScaledVectors(vectors(queries, batch.queries.rows), isNormalised: false, factor: 1 / method.temperature)
        .matrix,
      candidates: vectors(candidates, batch.candidates.rows),
      copies: kind == .all ? [Float](repeating: 1, count: batch.candidates.rows.count) : nil
    ).loss(threads: threads)
  }
}
