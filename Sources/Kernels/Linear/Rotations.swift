import CKernels

/// The sum of products of two rows of doubles, in sixteen lanes.
///
/// - Parameter count: a multiple of 16.
package func dot(
  _ x: UnsafePointer<Double>, _ y: UnsafePointer<Double>, count: Int, variant: KernelVariant = .current
) -> Double {
  precondition(count % 16 == 0, "\(count) products in lanes of 16")
  return unsafe ck_dot_double(variant.code, x, y, count)
}

/// A Givens rotation of two rows: `x = cosine x − sine y`, `y = sine x + cosine y`.
///
/// - Parameter count: a multiple of 16.
package func rotate(
  _ x: UnsafeMutablePointer<Double>, _ y: UnsafeMutablePointer<Double>, count: Int, cosine: Double, sine: Double,
  variant: KernelVariant = .current
) {
  precondition(count % 16 == 0, "\(count) elements in lanes of 16")
  unsafe ck_rotate_double(variant.code, x, y, count, cosine, sine)
}
