import Kernels
import RandomNumbers

/// Candidates and queries as two towers have them: some centres, spread around them.
package enum Vectors {
  package static func clustered(_ count: Int, _ dimension: Int, seed: UInt64, spread: Float = 0.5) -> Matrix {
    var centres = RandomGenerator(seed: 7, stream: "centres")
    let means = (0..<40 * dimension).map { _ in centres.uniform() * 2 - 1 }
    var random = RandomGenerator(seed: seed, stream: "vectors")
    let matrix = Matrix(rows: count, columns: dimension)
    for row in 0..<count {
      let centre = Int(random.below(40)) * dimension
      for column in 0..<dimension {
        matrix.pointer(row: row)[column] = means[centre + column] + spread * (random.uniform() * 2 - 1)
      }
    }
    return matrix
  }
}
