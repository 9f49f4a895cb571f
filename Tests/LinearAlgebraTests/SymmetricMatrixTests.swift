import Kernels
import Testing

@testable import LinearAlgebra

@Suite("A symmetric matrix")
struct SymmetricMatrixTests {
  private func matrix(_ rows: [[Double]]) -> SymmetricMatrix {
    let matrix = SymmetricMatrix(order: rows.count)
    for (number, row) in rows.enumerated() { matrix.setRow(number, row) }
    return matrix
  }

  private func rows(_ matrix: SymmetricMatrix) -> [[Double]] {
    (0..<matrix.order).map { row in (0..<matrix.order).map { matrix[row, $0] } }
  }

  /// The greatest element of `A B − I`, row by row so that a test without optimisation is fast.
  private func residual(_ a: [[Double]], _ b: [[Double]]) -> Double {
    let order = a.count
    return (0..<order).reduce(0.0) { greatest, i in
      withUnsafeTemporaryAllocation(of: Double.self, capacity: order) { line in
        line.initialize(repeating: 0)
        line[i] = -1
        for k in 0..<order {
          b[k].withUnsafeBufferPointer { addScaled($0, by: a[i][k], to: line) }
        }
        return line.reduce(greatest) { max($0, abs($1)) }
      }
    }
  }

  private func addScaled(_ x: UnsafeBufferPointer<Double>, by factor: Double, to y: UnsafeMutableBufferPointer<Double>)
  {
    for place in 0..<x.count { y[place] += factor * x[place] }
  }

  @Test(
    "times its inverse is the identity, at every size near multiples of the tile",
    arguments: [0, 1, 2, 3, 5, 16, 17, 47, 48, 49, 95, 96, 97, 144, 200])
  func inverse(order: Int) throws {
    var numbers = Numbers(UInt64(order))
    let a = numbers.positiveDefinite(order: order, rows: 40, least: 5)
    let inverse = matrix(a)
    try inverse.invert(threads: 2)
    let found = rows(inverse)
    #expect(residual(a, found) < 1e-11)
    #expect((0..<order).allSatisfy { i in found[i] == found.map { $0[i] } })
  }

  @Test("has an inverse that agrees with elimination")
  func elimination() throws {
    var numbers = Numbers(5)
    let a = numbers.positiveDefinite(order: 60, rows: 70, least: 1)
    let inverse = matrix(a)
    try inverse.invert(threads: 1)
    for column in [0, 1, 47, 48, 59] {
      let wanted = solved(a, (0..<60).map { $0 == column ? 1 : 0 })
      for row in 0..<60 { #expect(abs(inverse[row, column] - wanted[row]) < 1e-12) }
    }
  }

  @Test("has the same inverse, bit for bit, on any number of threads")
  func threads() throws {
    var numbers = Numbers(6)
    let a = numbers.positiveDefinite(order: 150, rows: 160, least: 1)
    let inverses = try [1, 2, 3, 7].map { threads in
      let inverse = matrix(a)
      try inverse.invert(threads: threads)
      return rows(inverse)
    }
    #expect(inverses.allSatisfy { $0 == inverses[0] })
  }

  /// Of condition 10¹³: what a good inverse must keep is the residual relative to the condition.
  @Test("that is ill-conditioned is inverted to the precision of doubles")
  func hilbert() throws {
    let a = (0..<10).map { i in (0..<10).map { j in 1 / Double(i + j + 1) } }
    let inverse = matrix(a)
    try inverse.invert(threads: 1)
    #expect(residual(a, rows(inverse)) < 1e-16 * 1e13)
    // The inverse of a Hilbert matrix is of whole numbers; the first is 100.
    #expect(abs(inverse[0, 0] - 100) < 0.1)
  }

  @Test("with a diagonal from 2⁻⁵⁰ to 2⁴⁸ is inverted to full precision")
  func scales() throws {
    var numbers = Numbers(7)
    let a = numbers.positiveDefinite(order: 50, rows: 60, least: 1)
    let scale = (0..<50).map { Double(sign: .plus, exponent: $0 - 25, significand: 1) }
    let scaled = (0..<50).map { i in (0..<50).map { a[i][$0] * scale[i] * scale[$0] } }
    let (plain, wide) = (matrix(a), matrix(scaled))
    try plain.invert(threads: 1)
    try wide.invert(threads: 1)
    for i in 0..<50 {
      #expect((0..<50).allSatisfy { abs(wide[i, $0] * scale[i] * scale[$0] - plain[i, $0]) < 1e-12 })
    }
  }

  @Test("that is not positive definite is refused with the pivot")
  func refusal() {
    func refused(_ rows: [[Double]]) -> NotPositiveDefinite? {
      do { try matrix(rows).invert(threads: 1) } catch { return error }
      return nil
    }
    var numbers = Numbers(8)
    #expect(refused([[0]]) == NotPositiveDefinite(pivot: 0, order: 1))
    #expect(refused([[1, 2], [2, 1]]) == NotPositiveDefinite(pivot: 1, order: 2))
    var a = numbers.positiveDefinite(order: 100, rows: 110, least: 1)
    a[70][70] = -1
    #expect(refused(a) == NotPositiveDefinite(pivot: 70, order: 100))
    for bad in [Double.nan, .infinity] {
      a[70][70] = bad
      #expect(refused(a) != nil)
      a[70][70] = 50
      a[20][90] = bad
      #expect(refused(a) != nil)
      a[20][90] = 0
    }
    // Rank 20 of 60: what is left of the later pivots is rounding.
    let error = refused(numbers.positiveDefinite(order: 60, rows: 20, least: 0))
    #expect(error?.pivot == 20)
    #expect(error?.description.contains("order 60 is not positive definite at pivot 21") == true)
  }
}
