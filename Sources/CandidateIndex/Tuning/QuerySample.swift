import Kernels
import RandomNumbers

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
    let drawn = Self.drawn(rows.count, proof: proof, seed: seed)
    func sample(_ numbers: [Int]) -> Matrix {
      let sample = Matrix(rows: numbers.count, columns: matrix.columns)
      sample.gather(matrix, rows: numbers.map { rows[$0] })
      return sample
    }
    asking = sample(drawn.asking)
    proving = sample(drawn.proving)
  }

  /// The same of queries that are not in memory.
  package init<Source: VectorSource>(_ source: Source, proof: Int, seed: UInt64) throws(Source.Failure) {
    let drawn = Self.drawn(source.count, proof: proof, seed: seed)
    asking = try source.gather(drawn.asking)
    proving = try source.gather(drawn.proving)
  }

  /// Which of so many queries, rising.
  private static func drawn(_ count: Int, proof: Int, seed: UInt64) -> (asking: [Int], proving: [Int]) {
    var random = RandomGenerator(seed: seed, stream: "queries that an index is tuned by")
    let order = random.permutation(count)
    let proving = order.prefix(2 * proof)
    let others = order.dropFirst(proving.count).prefix(mostAsking)
    // Of few queries the directions are learnt from those that prove, too.
    let asking = others.count < mostAsking / 8 ? order.prefix(mostAsking) : others
    return (asking.sorted(), proving.sorted())
  }
}
