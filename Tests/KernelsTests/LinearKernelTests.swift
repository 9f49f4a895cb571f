import Kernels
import Testing

@Suite("Kernels of linear algebra")
struct LinearKernelTests {
  /// Row-major numbers with a margin of -7 that nothing may touch.
  private func block<Number: KernelNumber>(_ values: [Double], margin: Int = 16) -> [Number] {
    values.map { Number($0) } + [Number](repeating: -7, count: margin)
  }

  private func randoms(_ seed: UInt64, _ count: Int) -> [Double] {
    var numbers = Numbers(seed)
    return (0..<count).map { _ in Double(numbers.float()) }
  }

  private func products<Number: KernelNumber>(_: Number.Type) {
    for (rows, columns, depth) in [(1, 1, 1), (2, 1, 5), (3, 2, 0), (5, 1, 17), (6, 3, 16), (16, 1, 9), (17, 2, 40)] {
      let width = columns * Number.columnsAtOnce
      let a: [Number] = block(randoms(1, depth * (rows + 2)))
      let b: [Number] = block(randoms(2, depth * (width + 3)))
      let c: [Number] = block(randoms(3, rows * (width + 1)))
      for variant in KernelVariant.available {
        for subtract in [false, true] {
          var found = c
          Number.addTransposedProduct(
            a, stride: rows + 2, b, stride: width + 3, to: &found, stride: width + 1, rows: rows, columns: width,
            depth: depth, subtract: subtract, variant: variant)
          var wanted = c
          for i in 0..<rows {
            for j in 0..<width {
              for k in 0..<depth {
                let x = a[k * (rows + 2) + i]
                wanted[i * (width + 1) + j].addProduct(subtract ? -x : x, b[k * (width + 3) + j])
              }
            }
          }
          #expect(found == wanted, "\(variant) \(rows) \(width) \(depth)")
        }
      }
    }
  }

  @Test("products with a transpose are chains of fused multiply-adds in the order of the rows, for every odd shape")
  func products() {
    products(Float.self)
    products(Double.self)
  }

  private func factors<Number: KernelNumber>(_: Number.Type, tolerance: Double) {
    for order in Array(1...20) + [31, 32, 33, 48, 65, 100] {
      let stride = Matrix.padded(order) + 16
      let x = randoms(UInt64(order), order * (order + 2))
      var a = [Number](repeating: 0, count: order * stride)
      for i in 0..<order {
        for j in i..<order {
          a[i * stride + j] = Number(
            (0..<order + 2).reduce(i == j ? 1.0 : 0) { $0 + x[$1 * order + i] * x[$1 * order + j] })
        }
      }
      let b = randoms(7, order).map { Number($0) }
      let outcomes = KernelVariant.available.map { variant -> (r: [Number], x: [Number], t: [Number]) in
        var (r, solution) = (a, b)
        #expect(Number.cholesky(&r, stride: stride, order: order, variant: variant) == nil)
        Number.solveCholesky(r, stride: stride, order: order, &solution, variant: variant)
        var t = [Number](repeating: -7, count: order * order)
        Number.invertTriangle(r, stride: stride, into: &t, stride: order, order: order, variant: variant)
        return (r, solution, t)
      }
      let (r, solution, t) = outcomes[0]
      for outcome in outcomes { #expect(outcome.x == solution && outcome.t == t) }
      for i in 0..<order {
        var line = 0.0
        for j in 0..<order { line += Double(a[min(i, j) * stride + max(i, j)]) * Double(solution[j]) }
        #expect(abs(line - Double(b[i])) < tolerance * Double(order))
        for j in 0..<order {
          let product = (0..<order).reduce(0.0) {
            $0 + Double($1 >= i ? r[i * stride + $1] : 0) * Double(t[$1 * order + j])
          }
          #expect(abs(product - (i == j ? 1 : 0)) < tolerance * Double(order))
          if j < i { #expect(t[i * order + j] == 0) }
          guard j >= i else { continue }
          let square = (0...i).reduce(0.0) { $0 + Double(r[$1 * stride + i]) * Double(r[$1 * stride + j]) }
          #expect(abs(square - Double(a[i * stride + j])) < tolerance * Double(order))
        }
      }
    }
  }

  @Test(
    "a Cholesky factor reconstructs the matrix, solves, and has an inverse; the same in both variants")
  func factors() {
    factors(Float.self, tolerance: 4e-6)
    factors(Double.self, tolerance: 1e-14)
  }

  @Test("Cholesky returns the first pivot that is not positive and finite, and padding stays zero")
  func pivots() {
    for bad: Float in [0, -1, .nan, .infinity] {
      for order in [1, 5, 16, 17, 40] {
        for pivot in [0, order / 2, order - 1] {
          for variant in KernelVariant.available {
            let matrix = Matrix(rows: order, columns: order)
            for i in 0..<order { matrix.pointer(row: i)[i] = 2 }
            matrix.pointer(row: pivot)[pivot] = bad
            let found = Float.cholesky(matrix.pointer(row: 0), stride: matrix.stride, order: order, variant: variant)
            #expect(found == pivot)
            for column in order..<matrix.stride { #expect(matrix.pointer(row: 0)[column] == 0) }
          }
        }
      }
    }
  }
}
