import Kernels
import Testing

@Suite("Listed rows")
struct ListedRowsTests {
  private static let counts = [1, 3, 8, 9, 16, 17, 40]

  @Test(
    "are gathered as columns, each times its factor and the scales, padded with zeros to a multiple of 8",
    arguments: counts)
  func columns(count: Int) {
    var numbers = Numbers(UInt64(count))
    for columns in [1, 16, 35] {
      let table = numbers.matrix(50, columns)
      let list = (0..<count).map { _ in Int32(numbers.next() % 50) }
      let factors = numbers.floats(count)
      let scales = numbers.floats(columns) + [Float](repeating: 0, count: table.stride - columns)
      let stride = (count + 7) / 8 * 8 + 3
      for given in [true, false] {
        let own = given ? factors : nil
        for variant in KernelVariant.available {
          var found = [Float](repeating: -7, count: table.stride * stride)
          list.withUnsafeBufferPointer {
            ListedRows($0, of: table).columns(
              factors: own, scales: scales, into: &found, stride: stride,
              variant: variant)
          }
          for k in 0..<columns {
            for i in 0..<stride {
              let factor = given && i < count ? factors[i] : 1
              let wanted =
                i < count
                ? table.row(Int(list[i]))[k] * (factor * scales[k]) : i < (count + 7) / 8 * 8 ? 0 : Float(-7)
              #expect(found[k * stride + i] == wanted)
            }
          }
        }
      }
    }
  }

  @Test("are summed, each element one chain of fused multiply-adds", arguments: [0] + counts)
  func sum(count: Int) {
    var numbers = Numbers(UInt64(count))
    for columns in [1, 16, 35, 64, 130] {
      let table = numbers.matrix(50, columns)
      let list = (0..<count).map { _ in Int32(numbers.next() % 50) }
      let factors = numbers.floats(count)
      var wanted = [Float](repeating: 0, count: columns)
      for (row, factor) in zip(list, factors) {
        for (column, value) in table.row(Int(row)).enumerated() { wanted[column].addProduct(factor, value) }
      }
      for variant in KernelVariant.available {
        var found = [Float](repeating: -7, count: table.stride)
        list.withUnsafeBufferPointer { ListedRows($0, of: table).sum(factors: factors, into: &found, variant: variant) }
        #expect(Array(found[..<columns]) == wanted)
      }
    }
  }

  @Test("squared columns are chains in the order of the rows", arguments: counts)
  func squares(order: Int) {
    var numbers = Numbers(UInt64(order))
    let (depth, stride, width) = (37, (order + 7) / 8 * 8, Matrix.padded(order))
    var t = [Float](repeating: 0, count: depth * stride)
    for k in 0..<depth { for i in 0..<order { t[k * stride + i] = numbers.float() } }
    for variant in KernelVariant.available {
      var found = [Float](repeating: -7, count: (order + 3) / 4 * 4 * width)
      squareColumns(t, stride: stride, depth: depth, order: order, into: &found, squareStride: width, variant: variant)
      for i in 0..<order {
        for j in i..<width {
          var wanted: Float = 0
          if j < order { for k in 0..<depth { wanted.addProduct(t[k * stride + i], t[k * stride + j]) } }
          #expect(found[i * width + j] == wanted, "\(variant) \(i) \(j)")
        }
      }
    }
  }
}
