import CKernels

/// Numbers of 16 bits (IEEE 754 binary16) nearest to finite floats, of two the even one; beyond ±65,504 those.
package func roundToHalves(
  _ values: UnsafePointer<Float>, count: Int, into halves: UnsafeMutablePointer<UInt16>
) { unsafe ck_narrow(values, count, halves) }

/// The floats that numbers of 16 bits are.
package func widenHalves(
  _ halves: UnsafePointer<UInt16>, count: Int, into values: UnsafeMutablePointer<Float>
) { unsafe ck_widen(halves, count, values) }

/// Bytes that times a scale are nearest to finite floats; the greatest magnitude becomes 127.
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

/// `scoreRows` for rows on end of numbers of 16 bits, all finite.
package func scoreHalves(
  _ query: UnsafePointer<Float>, columns: Int, rows: UnsafePointer<UInt16>, places: UnsafePointer<UInt32>, count: Int,
  scores: UnsafeMutablePointer<Float>, variant: KernelVariant = .current
) { unsafe ck_score_halves(variant.code, query, columns, rows, places, count, scores) }

/// `scoreRows` for rows on end of bytes, each times the scale of its row.
package func scoreBytes(
  _ query: UnsafePointer<Float>, columns: Int, rows: UnsafePointer<Int8>, scales: UnsafePointer<Float>,
  places: UnsafePointer<UInt32>, count: Int, scores: UnsafeMutablePointer<Float>, variant: KernelVariant = .current
) { unsafe ck_score_bytes(variant.code, query, columns, rows, scales, places, count, scores) }
