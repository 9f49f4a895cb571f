import Kernels
import LinearAlgebra

/// The best row of one tower while the other stands still:
/// `p = (α₀ QᵀQ + Σ w q qᵀ + c I)⁻¹ Σ w q`, the sums over what was chosen and c the row's penalty.
struct LeastSquares: Sendable {
  /// The other tower, whose row `first` is number 0.
  private let fixed: Matrix
  private let first: Int
  /// `α₀ QᵀQ`, the upper triangle.
  private let base: Matrix

  /// - Parameter rows: of the other tower, those that the objective has.
  init(fixed: Matrix, first: Int, rows: [Int32], unobservedWeight: Double, threads: Int) {
    self.fixed = fixed
    self.first = first
    base = gram(of: fixed, rows: rows, threads: threads)
    for row in 0..<base.rows { unsafe scale(base.pointer(row: row), by: Float(unobservedWeight), count: base.stride) }
  }

  /// Room for one solution at a time.
  final class Workspace {
    let chosen: GatheredRows
    let weighted: GatheredRows
    let system: AlignedFloats
    let target: AlignedFloats

    var stride: Int { chosen.stride }

    init(columns: Int) {
      chosen = GatheredRows(columns: columns)
      weighted = GatheredRows(columns: columns)
      system = AlignedFloats(chosen.stride * columns)
      target = AlignedFloats(chosen.stride)
    }
  }

  /// Writes p, and gives `p · Σ w q`: by so much the row lowers the objective below Σw. NaN where single precision does
  /// not suffice.
  ///
  /// - Parameters:
  ///   - chosen: numbers of rows of the other tower.
  ///   - weights: 1 each if not given.
  func solve(
    _ chosen: ArraySlice<Int32>, weights: ArraySlice<Float>?, penalty: Float, into row: UnsafeMutablePointer<Float>,
    _ space: Workspace
  ) -> Float {
    let order = fixed.columns
    assemble(chosen, weights: weights, penalty: penalty, space)
    unsafe row.update(from: space.target.pointer, count: order)
    guard unsafe Float.cholesky(space.system.pointer, stride: space.stride, order: order) == nil else { return .nan }
    unsafe Float.solveCholesky(space.system.pointer, stride: space.stride, order: order, row)
    return unsafe dot(row, space.target.pointer, count: order)
  }

  /// What each of the chosen has added to p · v, v a row of the other tower: `vᵀ (α₀ QᵀQ + Σ q qᵀ + c I)⁻¹ q`, all weights
  /// 1; p is a sum over the chosen once the matrix is there. nil where single precision does not suffice.
  func contributions(
    of chosen: [Int32], to vector: UnsafePointer<Float>, penalty: Float, _ space: Workspace
  ) -> [Float]? {
    let order = fixed.columns
    assemble(chosen[...], weights: nil, penalty: penalty, space)
    let solution = AlignedFloats(space.stride)
    unsafe solution.pointer.update(from: vector, count: order)
    guard unsafe Float.cholesky(space.system.pointer, stride: space.stride, order: order) == nil else { return nil }
    unsafe Float.solveCholesky(space.system.pointer, stride: space.stride, order: order, solution.pointer)
    return chosen.map { unsafe dot(solution.pointer, fixed.pointer(row: first + Int($0)), count: order) }
  }

  /// Writes the matrix and the right-hand side.
  private func assemble(
    _ chosen: ArraySlice<Int32>, weights: ArraySlice<Float>?, penalty: Float, _ space: Workspace
  ) {
    let order = fixed.columns
    unsafe space.target.pointer.update(repeating: 0, count: space.stride)
    for line in 0..<order {
      unsafe (space.system.pointer + line * space.stride).update(from: base.pointer(row: line), count: base.stride)
    }
    for start in Swift.stride(from: 0, to: chosen.count, by: GatheredRows.depth) {
      add(
        chosen.dropFirst(start).prefix(GatheredRows.depth),
        weights: weights?.dropFirst(start).prefix(GatheredRows.depth), space)
    }
    for place in 0..<order { unsafe space.system.pointer[place * space.stride + place] += penalty }
  }

  private func add(_ chosen: ArraySlice<Int32>, weights: ArraySlice<Float>?, _ space: Workspace) {
    for (place, number) in chosen.enumerated() {
      let row = unsafe fixed.pointer(row: first + Int(number))
      let weight = weights.map { $0[$0.startIndex + place] } ?? 1
      unsafe addScaled(row, by: weight, to: space.target.pointer, count: fixed.stride)
      unsafe space.chosen.take(row, at: place)
      if weights != nil { unsafe space.weighted.take(row, at: place, times: weight) }
    }
    unsafe addGram(
      (weights == nil ? space.chosen : space.weighted).pointer, space.chosen.pointer, stride: space.stride,
      depth: chosen.count, order: fixed.columns, to: space.system.pointer, stride: space.stride)
  }
}
