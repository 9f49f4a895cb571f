import Kernels
import RandomNumbers
import Testing

@Suite("Rounded rows")
struct RoundedRowsTests {
  @Test("every 16-bit float is kept unchanged")
  func halves() {
    for bits in 0...UInt16.max where bits & 0x7c00 != 0x7c00 {
      var (half, value, back) = (bits, Float(0), UInt16(0))
      widenHalves(&half, count: 1, into: &value)
      roundToHalves(&value, count: 1, into: &back)
      let (exponent, fraction) = (Int(bits >> 10 & 31), Float(bits & 1023))
      let magnitude =
        exponent == 0
        ? fraction * 0x1p-24 : (1 + fraction / 1024) * Float(sign: .plus, exponent: exponent - 15, significand: 1)
      #expect(value == (bits >> 15 == 0 ? magnitude : -magnitude) && back == bits)
    }
  }

  @Test(
    "floats round to the nearest 16-bit float, ties to even, within its range",
    arguments: [
      (1 + 0x1p-11, 0x3c00), (1 + 0x3p-11, 0x3c02), ((1 + 0x1p-11 as Float).nextUp, 0x3c01), (-1 - 0x1p-11, 0xbc00),
      (0x1p-25, 0x0000), (0x3p-25, 0x0002), (0x1p-14 - 0x1p-26, 0x0400), (65_519, 0x7bff), (65_520, 0x7bff),
      (-1e30, 0xfbff), (2 - 0x1p-12, 0x4000),
    ] as [(Float, UInt16)])
  func nearest(value: Float, bits: UInt16) {
    var (value, half) = (value, UInt16(0))
    roundToHalves(&value, count: 1, into: &half)
    #expect(half == bits)
  }

  @Test("bytes times their scale are within half a step; the greatest magnitude is 127")
  func bytes() {
    for values in [[0, 0, 0], [1, -2, 0.3], [-.greatestFiniteMagnitude, 1, 0], [.leastNonzeroMagnitude, 0, 0]]
      as [[Float]]
    {
      var bytes = [Int8](repeating: 9, count: 3)
      let scale = roundToBytes(values, count: 3, into: &bytes)
      for (value, byte) in zip(values, bytes) {
        #expect((Float(byte) * scale).isFinite)
        #expect(abs(Double(value) - Double(byte) * Double(scale)) <= Double(scale) * 0.50001)
      }
      #expect(
        values[0] == .leastNonzeroMagnitude || values.allSatisfy { $0 == 0 } || bytes.contains { $0.magnitude == 127 })
    }
  }

  @Test("are scored as their float values, in every variant", arguments: [1, 8, 13, 40, 64])
  func scores(columns: Int) {
    var random = RandomGenerator(seed: UInt64(columns), stream: "rows")
    func floats(_ count: Int) -> [Float] { (0..<count).map { _ in random.normal() } }
    let (rows, query) = (50, floats(columns))
    let values = floats(rows * columns)
    let places = (0..<27).map { _ in UInt32(random.below(50)) }
    var halves = [UInt16](repeating: 0, count: values.count)
    roundToHalves(values, count: values.count, into: &halves)
    var wide = [Float](repeating: 0, count: values.count)
    widenHalves(halves, count: values.count, into: &wide)
    var (bytes, scales) = ([Int8](), [Float]())
    for row in 0..<rows {
      var rounded = [Int8](repeating: 0, count: columns)
      scales.append(roundToBytes(Array(values[row * columns..<(row + 1) * columns]), count: columns, into: &rounded))
      bytes += rounded
    }
    func naive(_ element: (Int) -> Float) -> [Float] {
      places.map { place in
        (0..<columns).reduce(Float(0)) { $0.addingProduct(element(Int(place) * columns + $1), query[$1]) }
      }
    }
    for variant in KernelVariant.available {
      for count in [1, 7, 8, 27] {
        var found = [Float](repeating: .nan, count: count)
        scoreHalves(
          query, columns: columns, rows: halves, places: places, count: count, scores: &found, variant: variant)
        #expect(found == Array(naive { wide[$0] }.prefix(count)))
        scoreBytes(
          query, columns: columns, rows: bytes, scales: scales, places: places, count: count, scores: &found,
          variant: variant)
        #expect(found == Array(naive { Float(bytes[$0]) * scales[$0 / columns] }.prefix(count)))
      }
    }
  }
}
