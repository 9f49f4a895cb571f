import Artifacts
import Kernels

/// The number format in which vectors are stored, and from which they are scored.
package enum VectorPrecision: String, Sendable, CaseIterable {
  case float32
  /// IEEE 754 binary16, within ±65,504.
  case float16
  /// One byte per number, times one scale per vector.
  case int8

  var bytes: Int {
    switch self {
    case .float32: 4
    case .float16: 2
    case .int8: 1
    }
  }

  var hasScales: Bool { self == .int8 }

  /// The element type of the section in an artifact.
  var elementType: ElementType { self == .float32 ? .f32 : .u8 }

  func shape(_ count: Int, _ dimension: Int) -> [Int] {
    self == .float16 ? [count, dimension, 2] : [count, dimension]
  }

  /// Rounds a vector.
  ///
  /// - Parameter row: space for `dimension` numbers.
  /// - Returns: the scale; 1 if the precision has none.
  func round(_ vector: UnsafePointer<Float>, dimension: Int, into row: UnsafeMutableRawPointer) -> Float {
    switch self {
    case .float32:
      unsafe row.copyMemory(from: vector, byteCount: 4 * dimension)
      return 1
    case .float16:
      unsafe roundToHalves(vector, count: dimension, into: row.assumingMemoryBound(to: UInt16.self))
      return 1
    case .int8: return unsafe roundToBytes(vector, count: dimension, into: row.assumingMemoryBound(to: Int8.self))
    }
  }
}
