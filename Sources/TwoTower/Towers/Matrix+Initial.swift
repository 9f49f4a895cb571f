package import Kernels
import RandomNumbers

extension Matrix {
  /// The first embeddings of a table.
  ///
  /// - Parameter stream: names the table, so that each has numbers of its own.
  package static func initialEmbeddings(
    _ rows: Int, _ columns: Int, seed: UInt64, stream: String, from initialisation: Model.Initialisation = .uniform
  ) -> Matrix {
    let deviation = 0.1 / Float(columns).squareRoot()
    var random = RandomGenerator(seed: seed, stream: stream)
    let table = Matrix(rows: rows, columns: columns)
    for row in 0..<rows {
      for column in 0..<columns {
        table[row, column] =
          switch initialisation {
          case .uniform: (random.uniform() * 2 - 1) * 0.05
          case .normal: random.normal() * deviation
          }
      }
    }
    return table
  }
}
