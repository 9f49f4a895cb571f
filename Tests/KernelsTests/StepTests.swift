import Foundation
import RandomNumbers
import Testing

@testable import Kernels

@Suite("Steps and sums of rows")
struct StepTests {
  private func numbers(_ seed: UInt64, _ count: Int) -> AlignedFloats {
    var random = RandomGenerator(seed: seed, stream: "steps")
    return AlignedFloats((0..<count).map { _ in random.uniform() * 2 - 1 })
  }

  @Test("have the same bits in every variant", arguments: [1, 7, 8, 9, 64, 77])
  func variants(count: Int) {
    let results = KernelVariant.allCases.filter { KernelVariant.available.contains($0) }.map { variant in
      let (row, mean, square, gradient) = (numbers(1, count), numbers(2, count), numbers(3, count), numbers(4, count))
      for place in 0..<count { square[place] = abs(square[place]) }
      adam(
        row: row.pointer, mean: mean.pointer, square: square.pointer, gradient: gradient.pointer, count: count,
        rate: 0.1, gain: 0.1, squareGain: 0.001, epsilon: 1e-7, variant: variant)
      return [row, mean, square].flatMap(\.array) + [dot(row.pointer, gradient.pointer, count: count, variant: variant)]
    }
    #expect(results.allSatisfy { $0.map(\.bitPattern) == results[0].map(\.bitPattern) })
  }

  @Test("compute dot products exactly enough", arguments: [0, 1, 8, 13, 200])
  func dots(count: Int) {
    let (x, y) = (numbers(5, count), numbers(6, count))
    let wanted = zip(x.array, y.array).prefix(count).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    #expect(abs(Double(dot(x.pointer, y.pointer, count: count)) - wanted) < 1e-5)
  }

  @Test("compute the cosine to within 1e-15")
  func cosines() {
    for step in 0...1000 {
      let angle = Double.pi * Double(step) / 1000
      #expect(abs(cosine(angle) - cos(angle)) < 1e-15)
    }
  }
}

@Suite("Rows of doubles")
struct RotationTests {
  private func numbers(_ seed: UInt64, _ count: Int) -> [Double] {
    var random = RandomGenerator(seed: seed, stream: "rotations")
    return (0..<count).map { _ in Double(random.uniform()) * 2 - 1 }
  }

  @Test(
    "have dot products and rotations that follow the definition, with the same bits in every variant",
    arguments: [0, 16, 48, 512])
  func variants(count: Int) {
    let (x, y, cosine, sine) = (numbers(1, count), numbers(2, count), 0.8, -0.6)
    let wanted = zip(x, y).reduce(0) { $0 + $1.0 * $1.1 }
    for variant in KernelVariant.available {
      var (a, b) = (x, y)
      let sum = dot(a, b, count: count, variant: variant)
      #expect(abs(sum - wanted) < 1e-12)
      #expect(sum == dot(a, b, count: count, variant: .portable))
      rotate(&a, &b, count: count, cosine: cosine, sine: sine, variant: variant)
      #expect(zip(a, zip(x, y)).allSatisfy { abs($0 - (cosine * $1.0 - sine * $1.1)) < 1e-15 })
      #expect(zip(b, zip(x, y)).allSatisfy { abs($0 - (sine * $1.0 + cosine * $1.1)) < 1e-15 })
      var (c, d) = (x, y)
      rotate(&c, &d, count: count, cosine: cosine, sine: sine, variant: .portable)
      #expect(a == c && b == d)
    }
  }
}
