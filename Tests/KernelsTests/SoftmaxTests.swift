import Glibc
import Kernels
import Testing

@Suite struct SoftmaxTests {
  /// Scores taken tile by tile, each tile padded to a multiple of 16 columns that count for nothing.
  private func online(_ scores: [[Float]], bias: [Float], tile: Int, variant: KernelVariant) -> SoftmaxState {
    let state = SoftmaxState(rows: scores.count)
    let width = Matrix.padded(tile)
    let columns = bias.count
    for from in stride(from: 0, to: columns, by: tile) {
      let range = from..<min(from + tile, columns)
      let block = AlignedFloats(scores.count * width)
      let shifts = AlignedFloats(Array(repeating: -1e30, count: width))
      for (j, column) in range.enumerated() {
        shifts[j] = bias[column]
        for i in scores.indices { block[i * width + j] = scores[i][column] }
      }
      state.take(
        block.pointer, stride: width, rows: scores.count, columns: width, bias: shifts.pointer, variant: variant)
    }
    return state
  }

  @Test("the log-sum-exp of tiles agrees with that in doubles to 1e-6, for any tile and odd shapes")
  func agreesWithDoubles() {
    var numbers = Numbers(41)
    for rows in [0, 1, 7, 17] {
      for columns in [1, 3, 8, 32, 100] {
        let scores = (0..<rows).map { _ in numbers.floats(columns, -30, 30) }
        let bias = numbers.floats(columns, -5, 5)
        for tile in [1, 8, 13, 100] {
          let outcomes = KernelVariant.available.map { online(scores, bias: bias, tile: tile, variant: $0) }
          #expect(outcomes.allSatisfy { bits($0.sum.array) == bits(outcomes[0].sum.array) })
          #expect(outcomes.allSatisfy { bits($0.maximum.array) == bits(outcomes[0].maximum.array) })
          for row in 0..<rows {
            let shifted = zip(scores[row], bias).map { $0 + $1 }
            let wanted = Glibc.log(shifted.reduce(0.0) { $0 + Glibc.exp(Double($1)) })
            let found = Double(outcomes[0].maximum[row]) + Glibc.log(Double(outcomes[0].sum[row]))
            #expect(outcomes[0].maximum[row] == shifted.max())
            #expect(abs(found - wanted) < 1e-6 * max(1, abs(wanted)))
          }
        }
      }
    }
  }

  @Test("a tile becomes exp(score + bias - maximum), and rescale is the factor of the earlier totals")
  func tileContents() {
    for variant in KernelVariant.available {
      let state = SoftmaxState(rows: 1)
      let bias = AlignedFloats(16)
      let padding = [Float](repeating: -1e30, count: 8)
      let first = AlignedFloats([0, 1, 2, 3, 4, 5, 6, 7] + padding)
      state.take(first.pointer, stride: 16, rows: 1, columns: 16, bias: bias.pointer, variant: variant)
      #expect(state.maximum[0] == 7 && first[7] == 1 && state.rescale[0] == 0)
      #expect(unitsInLastPlace(first[0], Glibc.exp(-7)) < 2)
      let second = AlignedFloats([9, -1e30, -1e30, -1e30, -1e30, -1e30, -1e30, -1e30] + padding)
      let before = state.sum[0]
      state.take(second.pointer, stride: 16, rows: 1, columns: 16, bias: bias.pointer, variant: variant)
      #expect(state.maximum[0] == 9 && unitsInLastPlace(state.rescale[0], Glibc.exp(-2)) < 2)
      #expect(state.sum[0] == before * state.rescale[0] + 1)
      state.reset()
      #expect(state.sum[0] == 0 && state.maximum[0] == -1e30)
    }
  }

  @Test("a tile that is all padding changes nothing")
  func paddingOnly() {
    let state = SoftmaxState(rows: 1)
    let bias = AlignedFloats(Array(repeating: -1e30, count: 16))
    let tile = AlignedFloats(16)
    let (real, none) = (AlignedFloats([3, 1] + [Float](repeating: 0, count: 14)), AlignedFloats(16))
    withExtendedLifetime((real, none)) {
      state.take(real.pointer, stride: 16, rows: 1, columns: 16, bias: none.pointer)
    }
    let (maximum, sum) = (state.maximum[0], state.sum[0])
    withExtendedLifetime((tile, bias)) {
      state.take(tile.pointer, stride: 16, rows: 1, columns: 16, bias: bias.pointer)
    }
    #expect(state.maximum[0] == maximum && state.sum[0] == sum && state.rescale[0] == 1)
  }

  @Test("a NaN score makes the total NaN")
  func notANumber() {
    let state = SoftmaxState(rows: 1)
    let (tile, none) = (AlignedFloats([1, .nan] + [Float](repeating: 2, count: 14)), AlignedFloats(16))
    withExtendedLifetime((tile, none)) {
      state.take(tile.pointer, stride: 16, rows: 1, columns: 16, bias: none.pointer)
    }
    #expect(state.sum[0].isNaN)
  }
}

@Suite struct AdagradTests {
  @Test("three steps follow Keras's formula in doubles to 1e-6, and agree bit for bit between variants")
  func formula() {
    for count in [1, 3, 8, 15, 16, 17, 32, 100] {
      var numbers = Numbers(UInt64(count) + 50)
      let start = numbers.floats(count, -0.05, 0.05)
      let gradients = (0..<3).map { _ in numbers.floats(count, -20, 20) }
      let outcomes = KernelVariant.available.map { variant in
        let (row, accumulator) = (AlignedFloats(start), AlignedFloats(Array(repeating: 0.1, count: count)))
        for gradient in gradients {
          adagrad(
            row: row.pointer, accumulator: accumulator.pointer, gradient: gradient, count: count, rate: 0.1,
            epsilon: 1e-7, variant: variant)
        }
        return (row.array, accumulator.array)
      }
      #expect(outcomes.allSatisfy { bits($0.0) == bits(outcomes[0].0) && bits($0.1) == bits(outcomes[0].1) })
      for place in 0..<count {
        var (value, total) = (Double(start[place]), Double(Float(0.1)))
        for gradient in gradients {
          total += Double(gradient[place]) * Double(gradient[place])
          value -= Double(Float(0.1)) * Double(gradient[place]) / (total + 1e-7).squareRoot()
        }
        #expect(abs(Double(outcomes[0].0[place]) - value) < 1e-6)
        #expect(abs(Double(outcomes[0].1[place]) - total) < 1e-6 * total)
      }
    }
  }

  @Test("a gradient of zero leaves the row as it is")
  func nothingToLearn() {
    let (row, accumulator) = (AlignedFloats([1, -2, 3]), AlignedFloats([0.1, 0.1, 0.1]))
    adagrad(
      row: row.pointer, accumulator: accumulator.pointer, gradient: [0, 0, 0], count: 3, rate: 0.1, epsilon: 1e-7)
    #expect(row.array == [1, -2, 3] && accumulator.array == [0.1, 0.1, 0.1])
  }
}
