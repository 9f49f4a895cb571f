import Kernels
import LinearAlgebra
import ParallelLoops

/// The best rows of one tower while the other, Q, stands still: `p = (α₀ QᵀQ + Σ w q qᵀ + c I)⁻¹ Σ w q`, the sums over
/// what was chosen and c the row's penalty.
///
/// In the eigenvectors of QᵀQ, `D = α₀ QᵀQ + c I` is diagonal whatever the penalty. So a row that chose n, fewer than the
/// dimension d, has equations of order n alone (Woodbury's identity): with S the n chosen rows, each times the root of
/// its weight, `p = D⁻¹ Sᵀ z` where `(I + S D⁻¹ Sᵀ) z = √w`, in n² d / 2 + n³ / 6 multiply-adds; no pivot is below 1. A row
/// that chose more has its d equations, in n d² / 2 + d³ / 6. Both are exact.
struct LeastSquares: Sendable {
  /// `α₀` times the eigenvalues of QᵀQ, padded.
  private let diagonal: AlignedFloats
  /// The eigenvectors as columns, for Q's rows, and as rows, for solutions.
  private let forward: PackedRows
  private let backward: PackedRows

  /// - Parameter rows: of the other tower, those that the objective has.
  init(fixed: Matrix, rows: [Int32], unobservedWeight: Double, threads: Int) {
    let eigen = SymmetricEigenvectors(of: gramInDoubles(of: fixed, rows: rows, threads: threads))
    diagonal = AlignedFloats(fixed.stride)
    for (place, value) in eigen.values.enumerated() { diagonal[place] = Float(unobservedWeight * max(value, 0)) }
    (forward, backward) = (Self.packed(eigen.vectors), Self.packed(eigen.vectors.transposed()))
  }

  /// A product of rows with the packed ones is `rows · matrixᵀ`.
  private static func packed(_ matrix: DenseMatrix) -> PackedRows {
    let rounded = Matrix(rows: matrix.rows, columns: matrix.columns)
    for row in 0..<matrix.rows {
      for column in 0..<matrix.columns { unsafe rounded.pointer(row: row)[column] = Float(matrix[row, column]) }
    }
    return PackedRows(rounded)
  }

  private var order: Int { forward.columns }

  /// Some rows of the other tower in the eigenvectors, as `solve` takes them: the same bits wherever a row is.
  func rotated(_ fixed: Matrix, rows: Range<Int>, threads: Int) -> Matrix {
    let result = Matrix(rows: rows.count, columns: order)
    let size = 96
    parallel(blocks: (rows.count + size - 1) / size, threads: threads) { block in
      let places = block * size..<min((block + 1) * size, rows.count)
      unsafe scores(
        of: rows.lowerBound + places.lowerBound..<rows.lowerBound + places.upperBound, in: fixed, against: forward,
        tile: 0..<order, into: result.pointer(row: places.lowerBound), stride: result.stride)
    }
    return result
  }

  /// Turns the first so many solutions back, in place.
  func turnBack(_ count: Int, _ space: Workspace) {
    unsafe scores(
      of: 0..<count, in: space.solutions, against: backward, tile: 0..<order, into: space.turned.pointer(row: 0),
      stride: space.turned.stride)
    unsafe space.solutions.pointer(row: 0).update(
      from: space.turned.pointer(row: 0), count: count * space.turned.stride)
  }

  /// Number of chosen rows that are summed in one part; threads share the parts of a row.
  static let partLength = 4096

  /// The rows of the other tower that one row chose.
  struct Chosen: Sendable {
    /// Rows of the rotated table.
    let rows: ArraySlice<Int32>
    let table: Matrix
    /// The weights of the rows; 1 each if `nil`.
    let weights: ArraySlice<Float>?
    let penalty: Float

    var totalWeight: Float { weights.map { $0.reduce(0, +) } ?? Float(rows.count) }

    fileprivate func row(_ place: Int) -> UnsafePointer<Float> {
      unsafe UnsafePointer(table.pointer(row: Int(rows[rows.startIndex + place])))
    }

    fileprivate func weight(_ place: Int) -> Float { weights.map { $0[$0.startIndex + place] } ?? 1 }
  }

  /// Room for one row's equations at a time, and for solutions that are turned back together.
  final class Workspace {
    /// A row each.
    let solutions: Matrix
    fileprivate let turned: Matrix
    /// The root of each chosen row's weight, then its solution.
    fileprivate let roots: AlignedFloats
    fileprivate let short: AlignedFloats
    /// `1 / √D`.
    fileprivate let scales: AlignedFloats
    fileprivate let columns: AlignedFloats
    fileprivate let equations: Equations

    init(columns order: Int, solutions count: Int = 1) {
      solutions = Matrix(rows: count, columns: order)
      turned = Matrix(rows: count, columns: order)
      let stride = solutions.stride
      (roots, short, scales) = (AlignedFloats(stride), AlignedFloats(stride), AlignedFloats(stride))
      columns = AlignedFloats(uninitialised: stride * stride)
      equations = Equations(order: order)
    }
  }

  /// Writes p in the eigenvectors, and gives `p · Σ w q`: by so much the row lowers the objective below Σw. NaN where
  /// single precision does not suffice.
  ///
  /// - Parameters:
  ///   - place: of the solution in the workspace.
  ///   - threads: that share the parts of a row that chose more than `LeastSquares.partLength`.
  func solve(_ chosen: Chosen, at place: Int, threads: Int = 1, _ space: Workspace) -> Float {
    let solution = unsafe space.solutions.pointer(row: place)
    return unsafe chosen.rows.count < order
      ? solveShort(chosen, into: solution, space) : solveLong(chosen, into: solution, threads: threads, space)
  }

  private func solveShort(_ chosen: Chosen, into solution: UnsafeMutablePointer<Float>, _ space: Workspace) -> Float {
    let count = chosen.rows.count
    let stride = Matrix.padded(count)
    let (scales, roots, short) = unsafe (space.scales.pointer, space.roots.pointer, space.short.pointer)
    let system = unsafe space.equations.system.pointer
    for column in 0..<order {
      unsafe scales[column] = unsafe 1 / (diagonal.pointer[column] + chosen.penalty).squareRoot()
    }
    // What is infinite gives 0.
    guard (0..<order).allSatisfy({ unsafe scales[$0] > 0 && scales[$0] < .infinity }) else { return .nan }
    for row in 0..<count {
      unsafe roots[row] = chosen.weight(row).squareRoot()
      unsafe short[row] = unsafe roots[row]
    }
    return unsafe chosen.rows.withUnsafeBufferPointer { rows in
      let listed = unsafe ListedRows(rows, of: chosen.table)
      unsafe listed.columns(
        factors: chosen.weights == nil ? nil : roots, scales: scales, into: space.columns.pointer, stride: stride)
      unsafe squareColumns(
        space.columns.pointer, stride: stride, depth: order, order: count, into: system, squareStride: stride)
      for row in 0..<count { unsafe system[row * stride + row] += 1 }
      guard unsafe Float.cholesky(system, stride: stride, order: count) == nil else { return .nan }
      unsafe Float.solveCholesky(system, stride: stride, order: count, short)
      var left: Float = 0
      for row in 0..<count {
        unsafe short[row] *= roots[row]
        unsafe left += short[row]
      }
      unsafe listed.sum(factors: short, into: solution)
      for column in 0..<order { unsafe solution[column] *= scales[column] * scales[column] }
      return chosen.totalWeight - left
    }
  }

  private func solveLong(
    _ chosen: Chosen, into solution: UnsafeMutablePointer<Float>, threads: Int, _ space: Workspace
  ) -> Float {
    let equations = space.equations
    assemble(chosen, threads: threads, equations)
    unsafe solution.update(from: equations.target.pointer, count: equations.stride)
    guard unsafe equations.solve(solution) else { return .nan }
    return unsafe dot(solution, equations.target.pointer, count: equations.stride)
  }

  /// Returns each chosen row's part of p · v, v a row of the rotated table: `vᵀ (D + Σ w q qᵀ)⁻¹ w q`; p is a sum over
  /// the chosen once the matrix is there. nil where single precision does not suffice.
  func contributions(_ chosen: Chosen, to vector: UnsafePointer<Float>, _ space: Workspace) -> [Float]? {
    let solution = unsafe space.solutions.pointer(row: 0)
    assemble(chosen, threads: 1, space.equations)
    unsafe solution.update(from: vector, count: space.equations.stride)
    guard unsafe space.equations.solve(solution) else { return nil }
    return (0..<chosen.rows.count).map { place in
      unsafe chosen.weight(place) * dot(solution, chosen.row(place), count: chosen.table.stride)
    }
  }

  private func assemble(_ chosen: Chosen, threads: Int, _ equations: Equations) {
    let parts = (chosen.rows.count + LeastSquares.partLength - 1) / LeastSquares.partLength
    equations.clear()
    if parts == 1 {
      equations.add(chosen, part: 0)
    } else {
      // A few at a time, for each is a matrix.
      let most = max(1, threads)
      for first in stride(from: 0, to: parts, by: most) {
        let count = min(most, parts - first)
        let room = (0..<count).map { _ in Equations(order: order) }
        parallel(blocks: count, threads: threads) { block in
          room[block].clear()
          room[block].add(chosen, part: first + block)
        }
        for part in room { equations.add(part) }
      }
    }
    for column in 0..<order {
      unsafe equations.system.pointer[column * (equations.stride + 1)] += diagonal.pointer[column] + chosen.penalty
    }
  }
}

/// Equations of a row in all dimensions: matrix and right-hand side.
private final class Equations: Sendable {
  let order: Int
  let system: AlignedFloats
  let target: AlignedFloats
  let stride: Int

  init(order: Int) {
    self.order = order
    stride = Matrix.padded(order)
    system = AlignedFloats(uninitialised: stride * stride)
    target = AlignedFloats(uninitialised: stride)
  }

  func clear() {
    unsafe system.pointer.update(repeating: 0, count: system.count)
    unsafe target.pointer.update(repeating: 0, count: stride)
  }

  /// Adds `Σ w q qᵀ` and `Σ w q` over a part of what was chosen.
  func add(_ chosen: LeastSquares.Chosen, part: Int) {
    let gathered = GatheredRows(columns: order)
    let end = min((part + 1) * LeastSquares.partLength, chosen.rows.count)
    for start in Swift.stride(from: part * LeastSquares.partLength, to: end, by: GatheredRows.depth) {
      let places = start..<min(start + GatheredRows.depth, end)
      for place in places {
        let row = unsafe chosen.row(place)
        unsafe addScaled(row, by: chosen.weight(place), to: target.pointer, count: stride)
        unsafe gathered.take(row, at: place - start, times: chosen.weight(place).squareRoot())
      }
      unsafe addGram(
        gathered.pointer, gathered.pointer, stride: gathered.stride, depth: places.count, order: order,
        to: system.pointer, stride: stride)
    }
  }

  func add(_ other: Equations) {
    unsafe addScaled(other.system.pointer, by: 1, to: system.pointer, count: system.count)
    unsafe addScaled(other.target.pointer, by: 1, to: target.pointer, count: stride)
  }

  /// The solution in place of a right-hand side; the matrix becomes its factor. `false` if it has none.
  func solve(_ vector: UnsafeMutablePointer<Float>) -> Bool {
    guard unsafe Float.cholesky(system.pointer, stride: stride, order: order) == nil else { return false }
    unsafe Float.solveCholesky(system.pointer, stride: stride, order: order, vector)
    return true
  }
}
