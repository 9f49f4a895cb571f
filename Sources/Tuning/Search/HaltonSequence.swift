import RandomNumbers

/// Points that fill a cube evenly (Halton, 1960), shifted by a random offset (Cranley & Patterson, 1976), so that another
/// seed gives other points.
struct HaltonSequence {
  private static let bases = [2, 3, 5, 7, 11]
  private let offsets: [Double]

  /// - Parameter axes: 1 to 5.
  init(axes: Int, seed: UInt64, stream: String) {
    precondition(1...Self.bases.count ~= axes, "a cube of \(axes) dimensions")
    var random = RandomGenerator(seed: seed, stream: "tune \(stream)")
    offsets = (0..<axes).map { _ in Double(random.uniform()) }
  }

  /// - Parameter number: from 0.
  subscript(number: Int) -> [Double] {
    zip(offsets, Self.bases).map { offset, base in
      let shifted = offset + Self.radicalInverse(number + 1, base)
      return shifted - shifted.rounded(.down)
    }
  }

  /// The digits of a number mirrored at the point.
  static func radicalInverse(_ number: Int, _ base: Int) -> Double {
    var (rest, result, weight) = (number, 0.0, 1.0 / Double(base))
    while rest > 0 {
      result += Double(rest % base) * weight
      rest /= base
      weight /= Double(base)
    }
    return result
  }
}
