import Kernels
import LinearAlgebra

/// Coordinates in which the distance of two candidates says how much their scores differ: `x' = A x` for candidates,
/// `q' = B q` for queries, with `BᵀA = 1`, so that `⟨q', x'⟩ = ⟨q, x⟩`.
///
/// With `AᵀA` the queries' mean of `q qᵀ`, `|x' − y'|²` is the mean over queries of `(⟨q, x⟩ − ⟨q, y⟩)²`: what k-means
/// and quantisers make small is then the error of scores, not of vectors.
struct ScoreSpace: Sendable {
  /// The share of the queries' mean square that is added in every direction, for what unseen queries may have there.
  static let ridge = 1e-3

  /// A, dimension × dimension.
  let candidateMap: Matrix
  /// B, dimension × dimension.
  let queryMap: Matrix

  var dimension: Int { candidateMap.rows }

  init(candidateMap: Matrix, queryMap: Matrix) {
    self.candidateMap = candidateMap
    self.queryMap = queryMap
  }

  /// Learns the space from the second moments of queries: O(queries · `dimension`² + `dimension`³).
  ///
  /// - Parameter queries: a sample of queries, as rows; all directions count alike if there are none.
  init(queries: Matrix?, dimension: Int, threads: Int) {
    let finite = queries.map { queries in (0..<queries.rows).filter { queries.isFinite(row: $0) } } ?? []
    guard let queries, !finite.isEmpty else {
      self.init(candidateMap: Self.identity(dimension), queryMap: Self.identity(dimension))
      return
    }
    let moments = Self.dense(gram(of: queries, rows: finite.map { Int32($0) }, threads: threads))
    let mean = (0..<dimension).reduce(0) { $0 + moments[$1, $1] } / Double(dimension)
    guard mean > 0, mean.isFinite else {
      self.init(candidateMap: Self.identity(dimension), queryMap: Self.identity(dimension))
      return
    }
    for row in 0..<dimension {
      for column in 0..<dimension { moments[row, column] /= mean }
      moments[row, row] += Self.ridge
    }
    let spectrum = SingularValues(of: moments, threads: threads)
    guard spectrum.values.count == dimension else {
      self.init(candidateMap: Self.identity(dimension), queryMap: Self.identity(dimension))
      return
    }
    let (candidateMap, queryMap) = (
      Matrix(rows: dimension, columns: dimension), Matrix(rows: dimension, columns: dimension)
    )
    for row in 0..<dimension {
      let root = spectrum.values[row].squareRoot()
      for column in 0..<dimension {
        candidateMap[row, column] = Float(spectrum.right[row, column] * root)
        queryMap[row, column] = Float(spectrum.right[row, column] / root)
      }
    }
    self.init(candidateMap: candidateMap, queryMap: queryMap)
  }

  /// The same space rotated so that its axes are those along which `rows` vary, the greatest variance first.
  ///
  /// - Parameter rows: vectors in this space.
  /// - Returns: the space, the rotation (dimension × dimension), and the mean square along each axis.
  func rotated(along rows: Matrix, threads: Int) -> (space: ScoreSpace, rotation: Matrix, variances: [Double]) {
    let moments = Self.dense(gram(of: rows, rows: (0..<rows.rows).map { Int32($0) }, threads: threads))
    let total = (0..<dimension).reduce(0) { $0 + moments[$1, $1] }
    guard total > 0, total.isFinite else {
      return (self, Self.identity(dimension), [Double](repeating: 1, count: dimension))
    }
    let least = max(total / Double(dimension), .leastNormalMagnitude) * 1e-9
    for row in 0..<dimension { moments[row, row] += least }
    let spectrum = SingularValues(of: moments, threads: threads)
    guard spectrum.values.count == dimension else {
      return (self, Self.identity(dimension), [Double](repeating: 1, count: dimension))
    }
    let rotation = Matrix(rows: dimension, columns: dimension)
    for row in 0..<dimension {
      for column in 0..<dimension { rotation[row, column] = Float(spectrum.right[row, column]) }
    }
    let space = ScoreSpace(
      candidateMap: Self.product(rotation, candidateMap), queryMap: Self.product(rotation, queryMap))
    return (space, rotation, spectrum.values.map { $0 / Double(max(rows.rows, 1)) })
  }

  /// Applies `map` to some rows of `matrix`.
  static func apply(_ map: PackedRows, to matrix: Matrix, rows: Range<Int>, into result: Matrix) {
    precondition(rows.count <= result.rows && result.columns == map.rows, "\(rows.count) rows into \(result.rows)")
    guard !rows.isEmpty else { return }
    unsafe scores(
      of: rows, in: matrix, against: map, tile: 0..<map.rows, into: result.pointer(row: 0), stride: result.stride)
  }

  private static func identity(_ dimension: Int) -> Matrix {
    let matrix = Matrix(rows: dimension, columns: dimension)
    for row in 0..<dimension { matrix[row, row] = 1 }
    return matrix
  }

  private static func dense(_ upper: Matrix) -> DenseMatrix {
    let dense = DenseMatrix(rows: upper.rows, columns: upper.rows)
    for row in 0..<upper.rows {
      for column in row..<upper.rows {
        let value = Double(upper[row, column])
        dense[row, column] = value
        dense[column, row] = value
      }
    }
    return dense
  }

  private static func product(_ left: Matrix, _ right: Matrix) -> Matrix {
    let (a, b) = (
      DenseMatrix(rows: left.columns, columns: left.rows), DenseMatrix(rows: right.rows, columns: right.columns)
    )
    for row in 0..<left.rows {
      for column in 0..<left.columns {
        a[column, row] = Double(left[row, column])
      }
    }
    for row in 0..<right.rows {
      for column in 0..<right.columns { b[row, column] = Double(right[row, column]) }
    }
    let product = DenseMatrix.transposedProduct(a, b, threads: 1)
    let result = Matrix(rows: left.rows, columns: right.columns)
    for row in 0..<result.rows {
      for column in 0..<result.columns { result[row, column] = Float(product[row, column]) }
    }
    return result
  }
}
