import Kernels
import Testing

@Suite struct ProductTests {
  /// What `scores` should give: one chain of fused multiply-adds in the order of the columns.
  private func chain(_ left: [Float], _ right: [Float]) -> Float {
    var sum: Float = 0
    for (x, y) in zip(left, right) { sum.addProduct(x, y) }
    return sum
  }

  @Test("scores are dot products, fused and in the order of the columns, for every odd shape")
  func scoresAreChains() {
    var numbers = Numbers(11)
    for columns in dimensions {
      for (rows, count) in [(0, 5), (1, 1), (5, 16), (6, 17), (7, 15), (17, 33), (3, 0)] {
        let (left, right) = (numbers.matrix(rows, columns), numbers.matrix(count, columns))
        let packed = PackedRows(right)
        let stride = packed.paddedRows + 16
        for variant in KernelVariant.available {
          let out = AlignedFloats(Array(repeating: -7, count: rows * stride))
          scores(
            of: 0..<rows, in: left, against: packed, tile: 0..<count, into: out.pointer, stride: stride,
            variant: variant)
          for i in 0..<rows {
            for j in 0..<count {
              let wanted = chain(left.row(i), right.row(j))
              #expect(out[i * stride + j].bitPattern == wanted.bitPattern, "\(variant) \(rows)x\(columns)x\(count)")
            }
            for j in count..<packed.paddedRows { #expect(out[i * stride + j] == 0, "padding scores nothing") }
            for j in packed.paddedRows..<stride { #expect(out[i * stride + j] == -7, "nothing is written beyond") }
          }
        }
      }
    }
  }

  @Test("a pair has the same score wherever it is computed: alone, in a block, in a tile")
  func placeDoesNotMatter() {
    var numbers = Numbers(12)
    let (left, right) = (numbers.matrix(20, 100), numbers.matrix(70, 100))
    let packed = PackedRows(right)
    let whole = AlignedFloats(20 * 80)
    scores(of: 0..<20, in: left, against: packed, tile: 0..<70, into: whole.pointer, stride: 80)
    let tile = AlignedFloats(16)
    for row in [0, 5, 13, 19] {
      for start in [0, 16, 32, 48, 64] {
        scores(
          of: row..<row + 1, in: left, against: packed, tile: start..<min(start + 16, 70), into: tile.pointer,
          stride: 16)
        #expect(bits(tile.array) == bits(Array(whole.array[(row * 80 + start)..<(row * 80 + start + 16)])))
      }
    }
  }

  @Test("weighted sums of rows agree with doubles to 1e-5, and bit for bit between variants")
  func weightedSums() {
    var numbers = Numbers(13)
    for columns in dimensions {
      for (rows, count) in [(0, 3), (1, 1), (6, 16), (7, 17), (16, 15), (17, 0), (2, 100)] {
        let (source, start) = (numbers.matrix(count + 2, columns), numbers.matrix(rows + 1, columns))
        let stride = count + 3
        let weights = AlignedFloats(numbers.floats(rows * stride))
        let outcomes = KernelVariant.available.map { variant in
          let target = Matrix(rows: rows + 1, columns: columns, values: start.values)
          addWeighted(
            weights: weights.pointer, stride: stride, rows: 1..<rows + 1, of: target, source: source,
            sourceRows: 2..<count + 2, variant: variant)
          return target
        }
        #expect(outcomes.allSatisfy { bits($0.values) == bits(outcomes[0].values) })
        #expect(outcomes[0].row(0) == start.row(0), "rows outside the range stay")
        for i in 0..<rows {
          for column in 0..<columns {
            var sum = Double(start.row(i + 1)[column])
            for j in 0..<count { sum += Double(weights[i * stride + j]) * Double(source.row(j + 2)[column]) }
            #expect(abs(Double(outcomes[0].row(i + 1)[column]) - sum) < 1e-5 * Double(count + 1))
          }
        }
      }
    }
  }

  @Test("packed rows weighted by rows and by columns of weights give the bits of the plain product")
  func packedWeightedSums() {
    var numbers = Numbers(17)
    for columns in dimensions {
      for (rows, count) in [(1, 1), (2, 7), (3, 16), (4, 17), (5, 15), (6, 300), (17, 2), (48, 33), (50, 0)] {
        let (source, start) = (numbers.matrix(count + 2, columns), numbers.matrix(rows + 1, columns))
        let (stride, width) = (count + 3, Matrix.padded(rows))
        let weights = AlignedFloats(numbers.floats(rows * stride))
        let transposed = AlignedFloats(Array(repeating: .nan, count: count * width + 16))
        for i in 0..<rows {
          for j in 0..<count { transposed[j * width + i] = weights[i * stride + j] }
        }
        let wanted = Matrix(rows: rows + 1, columns: columns, values: start.values)
        addWeighted(
          weights: weights.pointer, stride: stride, rows: 1..<rows + 1, of: wanted, source: source,
          sourceRows: 2..<count + 2, variant: .portable)
        let packed = PackedColumns(source, threads: 2)
        for variant in KernelVariant.available {
          let target = Matrix(rows: rows + 1, columns: columns, values: start.values)
          addWeighted(
            weights: weights.pointer, stride: stride, rows: 1..<rows + 1, of: target, source: packed,
            sourceRows: 2..<count + 2, variant: variant)
          #expect(bits(target.values) == bits(wanted.values), "\(variant) \(rows)x\(count)x\(columns)")
          let other = Matrix(rows: rows + 1, columns: columns, values: start.values)
          addWeightedByColumns(
            weights: transposed.pointer, stride: width, rows: 1..<rows + 1, of: other, source: packed,
            sourceRows: 2..<count + 2, scratch: AlignedFloats(count * width), variant: variant)
          #expect(bits(other.values) == bits(wanted.values), "\(variant) \(rows)x\(count)x\(columns), by columns")
        }
      }
    }
  }

  @Test("a long sum is one chain of fused multiply-adds, however the product is cut", arguments: [255, 256, 257, 700])
  func longSums(count: Int) {
    var numbers = Numbers(19)
    let (source, start) = (numbers.matrix(count, 20), numbers.matrix(5, 20))
    let weights = AlignedFloats(numbers.floats(5 * count))
    let transposed = AlignedFloats(Array(repeating: 0, count: count * 16))
    for i in 0..<5 {
      for j in 0..<count { transposed[j * 16 + i] = weights[i * count + j] }
    }
    for variant in KernelVariant.available {
      let targets = (0..<2).map { _ in Matrix(rows: 5, columns: 20, values: start.values) }
      addWeighted(
        weights: weights.pointer, stride: count, rows: 0..<5, of: targets[0], source: source, sourceRows: 0..<count,
        variant: variant)
      addWeightedByColumns(
        weights: transposed.pointer, stride: 16, rows: 0..<5, of: targets[1], source: PackedColumns(source),
        sourceRows: 0..<count, scratch: AlignedFloats(count * 16), variant: variant)
      for i in 0..<5 {
        for column in 0..<20 {
          let wanted = (0..<count).reduce(start[i, column]) { sum, j in
            sum.addingProduct(weights[i * count + j], source[j, column])
          }
          #expect(targets.allSatisfy { $0[i, column].bitPattern == wanted.bitPattern }, "\(variant), (\(i), \(column))")
        }
      }
    }
  }

  @Test("y += factor x is fused, y *= factor is exact, for every length")
  func rowOperations() {
    for count in [0, 1, 7, 8, 9, 15, 16, 17, 100] {
      var numbers = Numbers(UInt64(count) + 20)
      let (x, y) = (numbers.floats(count), numbers.floats(count))
      for variant in KernelVariant.available {
        let sum = AlignedFloats(y + [9])
        addScaled(x, by: 0.3, to: sum.pointer, count: count, variant: variant)
        #expect(bits(sum.array) == bits(zip(x, y).map { $1.addingProduct($0, 0.3) } + [9]))
        let scaled = AlignedFloats(y + [9])
        scale(scaled.pointer, by: 0.3, count: count, variant: variant)
        #expect(bits(scaled.array) == bits(y.map { $0 * 0.3 } + [9]))
      }
    }
  }

  @Test("scores above and equal to a threshold are counted; NaN is neither")
  func counting() {
    for count in [0, 1, 7, 8, 9, 1000, 1003] {
      var numbers = Numbers(UInt64(count) + 30)
      // Few values, so that many are equal.
      var values = numbers.floats(count).map { ($0 * 4).rounded() / 4 }
      if count > 8 { values[3] = .nan }
      for threshold: Float in [-2, -0.5, 0, -0.0, 0.25, 1, 2, .infinity, -.infinity, .nan] {
        for variant in KernelVariant.available {
          let counts = values.withUnsafeBufferPointer { countAbove(threshold, in: $0, variant: variant) }
          #expect(counts.greater == values.filter { $0 > threshold }.count)
          #expect(counts.equal == values.filter { $0 == threshold }.count)
        }
      }
    }
  }

  @Test("counts are right for more scores than a lane can count at once")
  func manyScores() {
    let count = 8 << 20 + 11
    let values = AlignedFloats(uninitialised: count)
    values.pointer.initialize(repeating: 1, count: count)
    let counts = countAbove(0.5, in: UnsafeBufferPointer(start: values.pointer, count: count))
    #expect(counts == (greater: count, equal: 0))
  }
}
