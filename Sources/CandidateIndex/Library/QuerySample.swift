import Kernels

/// Queries drawn for two purposes: those that say in which directions queries lie, and others that an index is tuned and
/// proved by.
package struct QuerySample {
  /// Queries that the directions of queries are learnt from.
  static let mostAsking = 16_384

  package let asking: Matrix
  package let proving: Matrix

  /// - Parameters:
  ///   - rows: of the matrix, that are queries.
  ///   - proof: queries that prove, as many as tune; fewer if there are fewer.
  package init(_ matrix: Matrix, rows: [Int32], proof: Int, seed: UInt64) {
    var random = RandomGenerator(seed: seed, stream: "queries that an index is tuned by")
    let order = random.permutation(rows.count).map { rows[$0] }
    func sample(_ rows: ArraySlice<Int32>) -> Matrix {
      let sample = Matrix(rows: rows.count, columns: matrix.columns)
      sample.gather(matrix, rows: Array(rows))
      return sample
    }
    let drawn = order.prefix(2 * proof)
    let others = order.dropFirst(drawn.count).prefix(Self.mostAsking)
    proving = sample(drawn)
    // Of few queries the directions are learnt from those that prove, too.
    asking = sample(others.count < Self.mostAsking / 8 ? order.prefix(Self.mostAsking) : others)
  }
}
