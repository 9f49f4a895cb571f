package import Kernels
import ParallelLoops

/// A rating head: dense layers that predict a number, such as a rating, from the vectors of a query and a candidate side by
/// side. The rating model of TensorFlow Recommenders' guide on multi-task recommenders.
///
/// A pair costs 2 · Σ (inputs · outputs) floating-point operations, and pairs of a query share nothing but its vector.
package struct RatingHead: Sendable {
  /// The column of the interactions that is predicted.
  package let column: String
  /// The layers, whose inputs are two vectors and whose output is one number.
  package let layers: DenseLayers

  package init(_ column: String, layers: DenseLayers) {
    precondition(layers.widths[0] % 2 == 0 && layers.widths.last == 1, "layers of \(layers.widths)")
    (self.column, self.layers) = (column, layers)
  }

  /// A head as it begins: weights drawn as Keras' `Dense` draws them, biases 0.
  ///
  /// - Parameters:
  ///   - dimension: of the towers' vectors.
  ///   - hidden: outputs of the layers before the last.
  package static func initial(_ column: String, dimension: Int, hidden: [Int], seed: UInt64) -> RatingHead {
    RatingHead(
      column,
      layers: .initial(DenseLayers.Form(), widths: [2 * dimension] + hidden + [1], seed: seed, stream: "rating"))
  }

  /// The length of the vectors that are read.
  package var dimension: Int { layers.widths[0] / 2 }

  package var parameters: [ParameterTable] {
    layers.matrices.enumerated().map { ParameterTable("layer_\($0 + 1)", ofLayer: $1) }
  }

  /// The same head over other values of its parameters, in their order.
  package func with(_ parameters: [Matrix]) -> RatingHead {
    RatingHead(column, layers: DenseLayers(layers.form, matrices: parameters))
  }

  /// The inputs and widths of the layers: a warm start must find them the same.
  package var shape: LayerShape { LayerShape(inputs: ["query", "candidate", column], layers) }

  /// The predictions for some pairs.
  ///
  /// - Parameters:
  ///   - queries, candidates: vectors; dimensions beyond the head's, such as a bias, are left aside.
  ///   - pairs: rows of both.
  package func predictions(
    queries: Matrix, candidates: Matrix, pairs: [(query: Int, candidate: Int)], threads: Int
  ) -> [Float] {
    let outputs = layers.outputs(pairs.count, threads: threads) { part in
      let inputs = Matrix(rows: part.count, columns: 2 * dimension)
      parallelRows(part.count, threads: threads) { row in
        let pair = pairs[part.lowerBound + row]
        for column in 0..<dimension {
          inputs[row, column] = queries[pair.query, column]
          inputs[row, dimension + column] = candidates[pair.candidate, column]
        }
      }
      return inputs
    }
    return (0..<pairs.count).map { outputs[$0, 0] }
  }
}
