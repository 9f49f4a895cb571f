import CandidateIndex
import Kernels
import ParallelLoops

/// The score by which candidates are ranked.
public enum Similarity: String, CaseIterable, Sendable {
  /// `⟨q, x⟩`.
  case innerProduct = "inner-product"
  /// `⟨q, x⟩ / (|q| |x|)`; 0 if either is zero.
  case cosine
  /// `−|q − x|²`: the negative square of the distance, so that more is nearer.
  case euclidean
}

/// Maps candidates and queries to vectors whose inner products rank candidates by a similarity (maximum inner product
/// search).
///
/// Cosine: both at length 1. Euclidean: `(x − c, −|x − c|² / 2)` and `(q − c, 1)`, whose product is `(|q − c|² − |q −
/// x|²) / 2`; the centre c changes no distance, and keeps what rounding costs small where all vectors lie far from
/// zero.
struct SimilarityMap: Sendable {
  let similarity: Similarity
  /// The dimension of the caller's vectors.
  let dimension: Int
  /// The mean of the finite vectors; empty unless the similarity is Euclidean.
  let centre: [Float]

  init(_ similarity: Similarity, dimension: Int, centre: [Float]) {
    self.similarity = similarity
    self.dimension = dimension
    self.centre = centre
  }

  /// - Parameter vectors: contiguous rows of `dimension` floats.
  init(_ similarity: Similarity, dimension: Int, vectors: [Float]) {
    self.init(
      similarity, dimension: dimension,
      centre: similarity == .euclidean ? Self.mean(vectors, dimension: dimension) : [])
  }

  /// The dimension of mapped vectors.
  var mappedDimension: Int { similarity == .euclidean ? dimension + 1 : dimension }

  private static func mean(_ vectors: [Float], dimension: Int) -> [Float] {
    var sums = [Double](repeating: 0, count: dimension)
    var count = 0.0
    for start in stride(from: 0, to: vectors.count, by: dimension)
    where (start..<start + dimension).allSatisfy({ vectors[$0].isFinite }) {
      for column in 0..<dimension { sums[column] += Double(vectors[start + column]) }
      count += 1
    }
    return sums.map { Float($0 / max(count, 1)) }
  }

  /// Maps candidates, one per row. A vector that cannot be mapped, such as one whose square overflows, becomes a row
  /// that is not finite.
  func candidates(_ vectors: [Float], threads: Int) -> Matrix {
    unsafe mapped(vectors, threads: threads) { row in
      guard similarity == .euclidean else { return }
      unsafe row[dimension] = unsafe -Float(Self.square(row, dimension) / 2)
    }
  }

  /// The image of the zero vector as a candidate.
  var zero: [Float] { candidates([Float](repeating: 0, count: dimension), threads: 1).row(0) }

  /// Maps queries, one per row.
  func queries(_ vectors: [Float], threads: Int) -> Matrix {
    unsafe mapped(vectors, threads: threads) { row in if similarity == .euclidean { unsafe row[dimension] = 1 } }
  }

  /// Turns mapped candidates into mapped queries.
  ///
  /// - Parameter candidates: mapped.
  func queries(from candidates: Matrix) -> Matrix {
    guard similarity == .euclidean else { return candidates }
    let queries = candidates.copy()
    for row in 0..<queries.rows { unsafe queries.pointer(row: row)[dimension] = 1 }
    return queries
  }

  private func mapped(
    _ vectors: [Float], threads: Int, finish: @Sendable (UnsafeMutablePointer<Float>) -> Void
  ) -> Matrix {
    let matrix = Matrix(rows: vectors.count / dimension, columns: mappedDimension)
    let size = 4096
    parallel(blocks: (matrix.rows + size - 1) / size, threads: threads) { block in
      for number in block * size..<min((block + 1) * size, matrix.rows) {
        let row = unsafe matrix.pointer(row: number)
        for column in 0..<dimension { unsafe row[column] = vectors[number * dimension + column] }
        switch similarity {
        case .innerProduct: break
        case .cosine:
          let length = unsafe Self.square(row, dimension).squareRoot()
          // A vector that is not finite stays so.
          if length != 0 {
            for column in 0..<dimension { unsafe row[column] = unsafe Float(Double(row[column]) / length) }
          }
        case .euclidean: for column in 0..<dimension { unsafe row[column] -= centre[column] }
        }
        unsafe finish(row)
      }
    }
    return matrix
  }

  /// Returns the sum of squares of a row; unsafe for speed, since every number of every vector is read here.
  private static func square(_ row: UnsafePointer<Float>, _ count: Int) -> Double {
    var sum = 0.0
    for column in 0..<count { unsafe sum += Double(row[column]) * Double(row[column]) }
    return sum
  }

  /// Turns inner products into scores of the similarity; empty if the query is not finite.
  ///
  /// - Parameter row: the row of the query in mapped `queries`.
  func list(_ neighbours: [Neighbour], for queries: Matrix, row: Int) -> [Neighbour] {
    guard queries.isFinite(row: row) else { return [] }
    guard similarity == .euclidean else { return neighbours }
    let square = unsafe Self.square(queries.pointer(row: row), dimension)
    // Rounding must not make a squared distance negative.
    return neighbours.map {
      Neighbour(candidate: $0.candidate, score: Float(min(2 * Double($0.score) - square, 0)))
    }
  }
}
