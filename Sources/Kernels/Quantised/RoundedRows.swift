import CKernels

/// Rounds finite floats to 16 bits (IEEE 754 binary16), ties to even; those beyond ±65,504 become ±65,504.
package func roundToHalves(
  _ values: UnsafePointer<Float>, count: Int, into halves: UnsafeMutablePointer<UInt16>
) { unsafe ck_narrow(values, count, halves) }

/// Converts 16-bit floats (IEEE 754 binary16) to 32-bit ones.
package func widenHalves(
  _ halves: UnsafePointer<UInt16>, count: Int, into values: UnsafeMutablePointer<Float>
) { unsafe ck_widen(halves, count, values) }

/// Rounds finite floats to bytes times a scale; the greatest magnitude becomes 127.
///
/// - Returns: the scale; 0 for zeros.
package func roundToBytes(
  _ values: UnsafePointer<Float>, count: Int, into bytes: UnsafeMutablePointer<Int8>
) -> Float {
  var largest: Float = 0
  for place in 0..<count { largest = unsafe max(largest, values[place].magnitude) }
  guard largest > 0 else {
    for place in 0..<count { unsafe bytes[place] = 0 }
    return 0
  }
  var scale = max(largest / 127, .leastNormalMagnitude)
  if !(scale * 127).isFinite { scale = scale.nextDown }
  for place in 0..<count { unsafe bytes[place] = unsafe Int8(min(max((values[place] / scale).rounded(), -127), 127)) }
  return scale
}

/// Scores a query with contiguous rows of 16-bit floats, all finite, as `scoreRows` does.
package func scoreHalves(
  _ query: UnsafePointer<Float>, columns: Int, rows: UnsafePointer<UInt16>, places: UnsafePointer<UInt32>, count: Int,
  scores: UnsafeMutablePointer<Float>, variant: KernelVariant = .current
) { unsafe ck_score_halves(variant.code, query, columns, rows, places, count, scores) }

/// Scores a query with contiguous rows of bytes, each times the scale of its row, as `scoreRows` does.
package func scoreBytes(
  _ query: UnsafePointer<Float>, columns: Int, rows: UnsafePointer<Int8>, scales: UnsafePointer<Float>,
  places: UnsafePointer<UInt32>, count: Int, scores: UnsafeMutablePointer<Float>, variant: KernelVariant = .current
) { unsafe ck_score_bytes(variant.code, query, columns, rows, scales, places, count, scores) }
