import CKernels

/// A type of number that the kernels of linear algebra are compiled for. Matrices are row-major, with so many numbers
/// from one row to the next as their stride says.
package protocol KernelNumber: BinaryFloatingPoint {
  /// Columns that a product takes at once.
  static var columnsAtOnce: Int { get }

  /// `C += AᵀB`, or `C −= AᵀB`: each element one chain of fused multiply-adds in the order of A's and B's rows that
  /// begins with what C holds.
  ///
  /// - Parameters: A is depth × rows, B depth × columns, C rows × columns; columns are a multiple of `columnsAtOnce`.
  static func addTransposedProduct(
    _ a: UnsafePointer<Self>, stride aStride: Int, _ b: UnsafePointer<Self>, stride bStride: Int,
    to c: UnsafeMutablePointer<Self>, stride cStride: Int, rows: Int, columns: Int, depth: Int, subtract: Bool,
    variant: KernelVariant)

  /// The upper triangle R of `A = RᵀR` in place of A's; below the diagonal nothing is read, and what is left there
  /// means nothing.
  ///
  /// - Parameter stride: at least the order rounded up to 16; columns beyond the order hold zeros.
  /// - Returns: nil, or the first pivot that is not positive and finite.
  static func cholesky(
    _ a: UnsafeMutablePointer<Self>, stride: Int, order: Int, variant: KernelVariant
  ) -> Int?

  /// Solves `RᵀR x = b`, and writes x in place of b.
  static func solveCholesky(
    _ triangle: UnsafePointer<Self>, stride: Int, order: Int, _ b: UnsafeMutablePointer<Self>, variant: KernelVariant)

  /// `T = R⁻¹` of an upper triangle, with zeros below its diagonal.
  static func invertTriangle(
    _ triangle: UnsafePointer<Self>, stride: Int, into t: UnsafeMutablePointer<Self>, stride tStride: Int, order: Int,
    variant: KernelVariant)
}

extension Float: KernelNumber {
  package static var columnsAtOnce: Int { 16 }

  package static func addTransposedProduct(
    _ a: UnsafePointer<Float>, stride aStride: Int, _ b: UnsafePointer<Float>, stride bStride: Int,
    to c: UnsafeMutablePointer<Float>, stride cStride: Int, rows: Int, columns: Int, depth: Int,
    subtract: Bool = false, variant: KernelVariant = .current
  ) {
    precondition(columns % columnsAtOnce == 0 && cStride >= columns && bStride >= columns && aStride >= rows)
    unsafe ck_add_transposed(variant.code, a, aStride, b, bStride, c, cStride, rows, columns, depth, subtract ? 1 : 0)
  }

  package static func cholesky(
    _ a: UnsafeMutablePointer<Float>, stride: Int, order: Int, variant: KernelVariant = .current
  ) -> Int? {
    precondition(stride >= Matrix.padded(order), "rows of \(stride) for an order of \(order)")
    let pivot = unsafe ck_cholesky(variant.code, a, stride, order)
    return pivot < order ? pivot : nil
  }

  package static func solveCholesky(
    _ triangle: UnsafePointer<Float>, stride: Int, order: Int, _ b: UnsafeMutablePointer<Float>,
    variant: KernelVariant = .current
  ) {
    unsafe ck_solve_cholesky(variant.code, triangle, stride, order, b)
  }

  package static func invertTriangle(
    _ triangle: UnsafePointer<Float>, stride: Int, into t: UnsafeMutablePointer<Float>, stride tStride: Int,
    order: Int, variant: KernelVariant = .current
  ) {
    unsafe ck_invert_triangle(variant.code, triangle, stride, t, tStride, order)
  }
}

extension Double: KernelNumber {
  package static var columnsAtOnce: Int { 8 }

  package static func addTransposedProduct(
    _ a: UnsafePointer<Double>, stride aStride: Int, _ b: UnsafePointer<Double>, stride bStride: Int,
    to c: UnsafeMutablePointer<Double>, stride cStride: Int, rows: Int, columns: Int, depth: Int,
    subtract: Bool = false, variant: KernelVariant = .current
  ) {
    precondition(columns % columnsAtOnce == 0 && cStride >= columns && bStride >= columns && aStride >= rows)
    unsafe ck_add_transposed_double(
      variant.code, a, aStride, b, bStride, c, cStride, rows, columns, depth, subtract ? 1 : 0)
  }

  package static func cholesky(
    _ a: UnsafeMutablePointer<Double>, stride: Int, order: Int, variant: KernelVariant = .current
  ) -> Int? {
    precondition(stride >= Matrix.padded(order), "rows of \(stride) for an order of \(order)")
    let pivot = unsafe ck_cholesky_double(variant.code, a, stride, order)
    return pivot < order ? pivot : nil
  }

  package static func solveCholesky(
    _ triangle: UnsafePointer<Double>, stride: Int, order: Int, _ b: UnsafeMutablePointer<Double>,
    variant: KernelVariant = .current
  ) {
    unsafe ck_solve_cholesky_double(variant.code, triangle, stride, order, b)
  }

  package static func invertTriangle(
    _ triangle: UnsafePointer<Double>, stride: Int, into t: UnsafeMutablePointer<Double>, stride tStride: Int,
    order: Int, variant: KernelVariant = .current
  ) {
    unsafe ck_invert_triangle_double(variant.code, triangle, stride, t, tStride, order)
  }
}
