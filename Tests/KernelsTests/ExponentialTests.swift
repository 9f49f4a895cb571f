import Glibc
import Kernels
import Testing

@Suite struct ExponentialTests {
  @Test("exp is within 2 units in the last place of the C library's double", arguments: KernelVariant.available)
  func exponential(variant: KernelVariant) {
    var numbers = Numbers()
    var inputs = numbers.floats(200_000, -87.33, 88.37) + numbers.floats(100_000, -1, 1)
    inputs += [-87.33, 88.37, 0, -0.0, 1, -1, 0.34657359, -0.34657359, .leastNonzeroMagnitude, 1e-30]
    var values = inputs
    exponentials(of: &values, variant: variant)
    var worst = 0.0
    for (input, value) in zip(inputs, values) {
      worst = max(worst, unitsInLastPlace(value, Glibc.exp(Double(input))))
    }
    #expect(worst < 2)
    #expect(values[inputs.count - 8] == 1 && values[inputs.count - 7] == 1)
  }

  @Test("exp vanishes far below zero, stays finite far above, and passes NaN on", arguments: KernelVariant.available)
  func extremes(variant: KernelVariant) {
    var values: [Float] = [-87.4, -1000, -1e30, -.infinity, 88.4, 1e30, .infinity, .nan, -.nan]
    exponentials(of: &values, variant: variant)
    #expect(values[..<4].allSatisfy { $0 == 0 })
    #expect(values[4..<7].allSatisfy { $0 == values[4] } && values[4].isFinite && values[4] > 2.3e38)
    #expect(values[7].isNaN && values[8].isNaN)
  }

  @Test("values in a partial last vector give the same bits as those in full vectors")
  func lengths() {
    for count in 0...33 {
      var numbers = Numbers(UInt64(count) + 1)
      let inputs = numbers.floats(count, -90, 90)
      var together = inputs
      exponentials(of: &together)
      for (place, input) in inputs.enumerated() {
        var alone = [input]
        exponentials(of: &alone)
        #expect(alone[0].bitPattern == together[place].bitPattern)
      }
    }
  }

  @Test("both variants give the same bits, over the whole range and beyond")
  func variantsAgree() {
    var numbers = Numbers(7)
    let inputs = numbers.floats(100_000, -100, 100) + [.infinity, -.infinity, 0, -0.0]
    let outcomes = KernelVariant.available.map { variant in
      var values = inputs
      exponentials(of: &values, variant: variant)
      return bits(values)
    }
    #expect(outcomes.allSatisfy { $0 == outcomes[0] })
  }

  @Test("the logarithm is within 3 units in the last place of the C library's, from the least normal number up")
  func logarithm() {
    var numbers = Numbers(3)
    var inputs: [Double] = [
      .leastNormalMagnitude, .greatestFiniteMagnitude, 1, 2, 0.5, 1.4142135623730951, 1.4142135623730954,
    ]
    inputs += [(1.0).nextUp, (1.0).nextDown, 100_000, 943, 1664]
    for _ in 0..<50_000 {
      inputs.append(Double(bitPattern: numbers.next() & 0x7fff_ffff_ffff_ffff))
      inputs.append(1 + Double(numbers.float(-0.6, 3)))
    }
    var worst = 0.0
    for input in inputs where input.isNormal {
      let wanted = Glibc.log(input)
      worst = max(worst, abs(naturalLogarithm(input) - wanted) / max(wanted.ulp, .leastNormalMagnitude))
    }
    #expect(worst <= 3, "\(worst) units")
    #expect(naturalLogarithm(1) == 0)
  }
}
