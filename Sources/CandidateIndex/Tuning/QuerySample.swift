package import Kernels
import RandomNumbers

/// A random sample of queries in two parts: `asking`, from which the space of an index is learnt, and `proving`, on
/// which it is tuned and its recall is measured.
package struct QuerySample {
  /// The greatest number of queries from which the space is learnt.
  static let mostAsking = 16_384

  package let asking: Matrix
  package let proving: Matrix

  /// - Parameters:
  ///   - rows: those rows of the matrix that are queries.
  ///   - proof: the number of queries to measure recall on, and of those to tune with; fewer if there are fewer.
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

  /// Draws the sample from a stream, in two readings.
  package init<Source: VectorSource>(_ source: Source, proof: Int, seed: UInt64) throws(Source.Failure) {
    let drawn = Self.drawn(source.count, proof: proof, seed: seed)
    asking = try source.gather(drawn.asking)
    proving = try source.gather(drawn.proving)
  }

  /// The numbers of both parts, rising.
  private static func drawn(_ count: Int, proof: Int, seed: UInt64) -> (asking: [Int], proving: [Int]) {
    var random = RandomGenerator(seed: seed, stream: "queries that an index is tuned by")
    let order = random.permutation(count)
    let proving = order.prefix(2 * proof)
    let others = order.dropFirst(proving.count).prefix(mostAsking)
    // If there are few queries, the space is learnt from the proving ones, too.
    let asking = others.count < mostAsking / 8 ? order.prefix(mostAsking) : others
    return (asking.sorted(), proving.sorted())
  }
}
