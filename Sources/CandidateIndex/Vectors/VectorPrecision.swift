import Artifacts
import Kernels

/// The numbers that candidates' vectors are kept in, and scored from.
package enum VectorPrecision: String, Sendable, CaseIterable {
  case float32
  /// IEEE 754 binary16, within ±65,504.
  case float16
  /// A byte a number, times a scale of the vector.
  case int8

  var bytes: Int {
    switch self {
    case .float32: 4
    case .float16: 2
    case .int8: 1
    }
  }

  var hasScales: Bool { self == .int8 }

  /// How an artifact has them.
  var elementType: ElementType { self == .float32 ? .f32 : .u8 }

  func shape(_ count: Int, _ dimension: Int) -> [Int] {
    self == .float16 ? [count, dimension, 2] : [count, dimension]
  }

  /// - Parameter row: room for `dimension` numbers.
  /// - Returns: the scale; 1 where there is none.
  func round(_ vector: UnsafePointer<Float>, dimension: Int, into row: UnsafeMutableRawPointer) -> Float {
    switch self {
    case .float32:
      row.copyMemory(from: vector, byteCount: 4 * dimension)
      return 1
    case .float16:
      roundToHalves(vector, count: dimension, into: row.assumingMemoryBound(to: UInt16.self))
      return 1
    case .int8: return roundToBytes(vector, count: dimension, into: row.assumingMemoryBound(to: Int8.self))
    }
  }
}
