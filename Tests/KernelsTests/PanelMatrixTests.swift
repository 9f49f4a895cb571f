import Glibc
import Kernels
import Testing

private func tiles(_ count: Int, _ size: Int) -> [Range<Int>] {
  stride(from: 0, to: count, by: size).map { $0..<min($0 + size, count) }
}

@Suite struct PanelMatrixTests {
  @Test("products in panels give the bits of the row-major ones, for every odd shape and variant")
  func products() {
    var numbers = Numbers(61)
    for columns in dimensions {
      for (rows, count) in [(1, 1), (5, 17), (12, 64), (13, 33), (50, 300)] {
        let (left, right) = (numbers.matrix(rows, columns), numbers.matrix(count, columns))
        let (packed, source) = (PackedRows(right), PackedColumns(right))
        let stride = packed.paddedRows
        let wanted = AlignedFloats(rows * stride)
        scores(
          of: 0..<rows, in: left, against: packed, tile: 0..<count, into: wanted.pointer, stride: stride,
          variant: .portable)
        let (ofRows, ofColumns) = (Matrix(rows: rows, columns: columns), Matrix(rows: count, columns: columns))
        addWeighted(
          weights: wanted.pointer, stride: stride, rows: 0..<rows, of: ofRows, source: source, sourceRows: 0..<count,
          variant: .portable)
        addWeightedByColumns(
          weights: wanted.pointer, stride: stride, rows: 0..<count, of: ofColumns, source: PackedColumns(left),
          sourceRows: 0..<rows, scratch: AlignedFloats(rows * stride), variant: .portable)
        for variant in KernelVariant.available {
          let panels = PanelMatrix(rows: rows + 2, columns: count)
          for tile in tiles(count, 32) {
            scores(of: 0..<rows, in: left, against: packed, tile: tile, into: panels, at: 1, variant: variant)
          }
          for i in 0..<rows {
            for j in 0..<stride {
              #expect(panels[i + 1, j].bitPattern == wanted[i * stride + j].bitPattern, "\(variant) \(rows)x\(count)")
            }
          }
          #expect((0..<stride).allSatisfy { panels[0, $0] == 0 && panels[rows + 1, $0] == 0 })
          let target = Matrix(rows: rows, columns: columns)
          for tile in tiles(count, 32) {
            addWeighted(
              weights: panels, rows: 1..<rows + 1, to: target, source: source, sourceRows: tile, variant: variant)
          }
          #expect(bits(target.values) == bits(ofRows.values), "\(variant) \(rows)x\(count)x\(columns)")
          let shifted = Matrix(rows: rows + 2, columns: columns, values: padded(left.values, columns))
          let transposed = PanelMatrix(rows: left.stride, columns: count)
          for tile in tiles(count, 32) {
            addWeighted(
              weights: panels, columns: tile, of: transposed, source: shifted, count: rows + 2, variant: variant)
          }
          let back = Matrix(rows: count, columns: columns)
          for row in 0..<count { transposed.copy(column: row, to: back.pointer(row: row), count: columns) }
          #expect(back.values == ofColumns.values, "\(variant) \(rows)x\(count)x\(columns), by columns")
        }
      }
    }
  }

  private func padded(_ values: [Float], _ columns: Int) -> [Float] {
    let zeros = [Float](repeating: 0, count: columns)
    return zeros + values + zeros
  }

  @Test("elements of a row are copied, filled, added to and scaled where they stand")
  func rows() {
    let matrix = PanelMatrix(rows: 3, columns: 40)
    for column in 0..<40 { matrix[1, column] = Float(column) }
    let some: ArraySlice<Int32> = [2, 3, 17, 39][1...]
    var copied: [Float] = [0, 0, 0]
    matrix.copy(row: 1, columns: some, to: &copied)
    #expect(copied == [3, 17, 39])
    matrix.fill(row: 1, columns: some, with: -1)
    matrix.add([2, 4, 6], over: 2, toRow: 1, columns: some)
    matrix.scale(row: 1, by: 10)
    #expect([2, 3, 17, 39, 38].map { matrix[1, $0] } == [20, 0, 10, 20, 380])
    #expect((0..<40).allSatisfy { matrix[0, $0] == 0 && matrix[2, $0] == 0 })
  }
}

@Suite struct PanelSoftmaxTests {
  private func filled(_ scores: [[Float]]) -> PanelMatrix {
    let matrix = PanelMatrix(rows: scores.count + 1, columns: scores[0].count)
    for (row, line) in scores.enumerated() {
      for (column, score) in line.enumerated() { matrix[row + 1, column] = score }
    }
    return matrix
  }

  @Test(
    "the log-sum-exp agrees with doubles to 1e-6 at the highest scores and at a common bound, the same bits in every variant",
    arguments: [nil, 36] as [Float?])
  func agreesWithDoubles(level: Float?) {
    var numbers = Numbers(62)
    for (rows, columns) in [(1, 1), (3, 16), (7, 100), (17, 40)] {
      let scores = (0..<rows).map { _ in numbers.floats(columns, -30, 30) }
      let bias = AlignedFloats(Array(repeating: -1e30, count: Matrix.padded(columns)))
      for (column, value) in numbers.floats(columns, -5, 5).enumerated() { bias[column] = value }
      let outcomes = KernelVariant.available.map { variant in
        let (panels, softmax) = (filled(scores), PanelSoftmax(rows: rows, levels: level))
        let tiles = tiles(columns, 16)
        if level == nil {
          for tile in tiles { softmax.raise(by: panels, from: 1, tile: tile, bias: bias, variant: variant) }
        }
        for tile in tiles { softmax.take(panels, from: 1, tile: tile, bias: bias, variant: variant) }
        return (panels, softmax)
      }
      for (panels, softmax) in outcomes {
        #expect(bits(panels.storage.array) == bits(outcomes[0].0.storage.array))
        for row in 0..<rows {
          #expect(softmax.sum(row).bitPattern == outcomes[0].1.sum(row).bitPattern)
          let shifted = (0..<columns).map { scores[row][$0] + bias[$0] }
          let wanted = Glibc.log(shifted.reduce(0.0) { $0 + Glibc.exp(Double($1)) })
          let found = Double(softmax.levels[row]) + Glibc.log(Double(softmax.sum(row)))
          #expect(softmax.levels[row] == level ?? shifted.max())
          #expect(abs(found - wanted) < 2e-6 * max(1, abs(wanted)))
          #expect((columns..<panels.columns).allSatisfy { panels[row + 1, $0] == 0 }, "padding counts for nothing")
        }
      }
    }
  }

  @Test("a score that is not a number makes the total one that is not")
  func notANumber() {
    for variant in KernelVariant.available {
      let (panels, softmax) = (filled([[1, .nan, 2]]), PanelSoftmax(rows: 1))
      let bias = AlignedFloats(16)
      softmax.raise(by: panels, from: 1, tile: 0..<3, bias: bias, variant: variant)
      softmax.take(panels, from: 1, tile: 0..<3, bias: bias, variant: variant)
      #expect(softmax.sum(0).isNaN)
    }
  }
}
