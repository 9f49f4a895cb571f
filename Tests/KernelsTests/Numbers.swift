import Kernels

/// Numbers for tests, from a generator of their own, so that a fault in the one under test cannot hide.
struct Numbers {
  private var state: UInt64

  init(_ seed: UInt64 = 1) { state = seed &* 0x9e37_79b9_7f4a_7c15 | 1 }

  /// xorshift64*.
  mutating func next() -> UInt64 {
    state ^= state >> 12
    state ^= state << 25
    state ^= state >> 27
    return state &* 0x2545_f491_4f6c_dd1d
  }

  mutating func float(_ low: Float = -1, _ high: Float = 1) -> Float {
    low + (high - low) * Float(next() >> 40) * 0x1p-24
  }

  mutating func floats(_ count: Int, _ low: Float = -1, _ high: Float = 1) -> [Float] {
    (0..<count).map { _ in float(low, high) }
  }

  mutating func matrix(_ rows: Int, _ columns: Int) -> Matrix {
    Matrix(rows: rows, columns: columns, values: floats(rows * columns))
  }
}

/// How many units in the last place of `wanted` lie between the two.
func unitsInLastPlace(_ value: Float, _ wanted: Double) -> Double {
  abs(Double(value) - wanted) / Double(Float(wanted).ulp)
}

func bits(_ values: [Float]) -> [UInt32] { values.map(\.bitPattern) }

let rowCounts = [0, 1, 5, 6, 7, 15, 16, 17, 33]
let dimensions = [1, 3, 32, 100]
