package import Kernels
import LinearAlgebra
import ParallelLoops

/// Dense layers one after the other: each multiplies its inputs with a matrix and adds a bias, and all but the last, which
/// is linear, apply an activation, after layer normalisation where that is asked for.
///
/// Rows are independent of each other, and every sum is one chain in one order: so a row has the same bits alone, in any
/// batch and on any number of threads. Forward, a row costs 2 · Σ (inputs · outputs) floating-point operations, and on the
/// way back, which goes forward once more, three times that.
package struct DenseLayers: Sendable {
  package struct Form: Sendable, Equatable {
    package var activation: Activation
    /// `true` if the sums of each layer but the last are normalised before the activation.
    package var isNormalised: Bool

    package init(activation: Activation = .relu, isNormalised: Bool = false) {
      self.activation = activation
      self.isNormalised = isNormalised
    }

    /// Rows of a layer's matrix that are no weights: the bias, and where sums are normalised their gain and their shift.
    func extraRows(isLast: Bool) -> Int { isNormalised && !isLast ? 3 : 1 }
  }

  package let form: Form
  /// For each layer a row of weights for each input, then a row of biases, and where its sums are normalised one of gains
  /// and one of shifts.
  package let matrices: [Matrix]

  package init(_ form: Form, matrices: [Matrix]) {
    precondition(!matrices.isEmpty, "no layers")
    self.form = form
    self.matrices = matrices
    for number in matrices.indices.dropFirst() {
      precondition(inputs(of: number) == matrices[number - 1].columns, "\(matrices[number].rows) rows")
    }
  }

  /// Number of inputs, then of outputs of each layer.
  package var widths: [Int] { [inputs(of: 0)] + matrices.map(\.columns) }

  private func inputs(of layer: Int) -> Int {
    matrices[layer].rows - form.extraRows(isLast: layer == matrices.count - 1)
  }
}

extension DenseLayers {
  /// The values of a forward pass that the way back needs.
  struct Pass {
    /// Of each layer.
    fileprivate(set) var inputs: [Matrix] = []
    /// Of each layer but the last, before the activation.
    fileprivate var sums: [Matrix] = []
    /// Of the same layers, before gain and shift; none where nothing is normalised.
    fileprivate var standardised: [(matrix: Matrix, inverses: AlignedFloats)] = []
    fileprivate(set) var output: Matrix
  }

  /// The outputs of a batch of inputs.
  func pass(_ input: Matrix, threads: Int) -> Pass {
    var pass = Pass(output: input)
    for (number, matrix) in matrices.enumerated() {
      pass.inputs.append(pass.output)
      let (input, isLast) = (pass.output, number == matrices.count - 1)
      let packed = PackedColumns(matrix)
      let sums = Matrix(rows: input.rows, columns: matrix.columns)
      let standardised = form.isNormalised && !isLast ? Matrix(rows: input.rows, columns: matrix.columns) : nil
      let inverses = AlignedFloats(standardised == nil ? 0 : input.rows)
      // The activation of ReLU does not hide where sums were above 0.
      let output = isLast || form.activation == .relu ? sums : Matrix(rows: input.rows, columns: matrix.columns)
      parallelBlocks(input.rows, threads: threads) { rows in
        for row in rows { sums.copy(row: input.columns, of: matrix, to: row) }
        sums.addProduct(of: input, packed, rows: rows)
        if let standardised {
          for row in rows {
            standardised.copy(row: row, of: sums, to: row)
            inverses[row] = standardised.standardise(row: row)
            sums.set(row: row, to: standardised, gain: input.columns + 1, shift: input.columns + 2, of: matrix)
          }
        }
        guard !isLast else { return }
        if form.activation != .relu { for row in rows { output.copy(row: row, of: sums, to: row) } }
        form.activation.apply(to: output, rows: rows)
      }
      if !isLast { pass.sums.append(sums) }
      if let standardised { pass.standardised.append((standardised, inverses)) }
      pass.output = output
    }
    return pass
  }

  /// Rows that go through the layers at once.
  static let chunk = 8192

  /// The outputs of many inputs, a chunk at a time, so that what lies in between takes little memory.
  ///
  /// - Parameter inputs: makes the inputs of some of the rows.
  func outputs(_ count: Int, threads: Int, inputs: (Range<Int>) -> Matrix) -> Matrix {
    let outputs = Matrix(rows: count, columns: matrices[matrices.count - 1].columns)
    for start in stride(from: 0, to: count, by: Self.chunk) {
      let rows = start..<min(start + Self.chunk, count)
      let output = pass(inputs(rows), threads: threads).output
      for row in rows { outputs.copy(row: row - start, of: output, to: row) }
    }
    return outputs
  }

  /// Matrices for the gradients of all layers, of zeros.
  var zeros: [Matrix] { matrices.map { Matrix(rows: $0.rows, columns: $0.columns) } }

  /// Returns the gradients of a batch's inputs, from those of its outputs.
  ///
  /// - Parameters:
  ///   - gradients: of the pass's output; taken over.
  ///   - sums: to which the gradients of the layers' matrices are added.
  func pullBack(_ gradients: Matrix, through pass: Pass, addingTo sums: [Matrix], threads: Int) -> Matrix {
    var gradients = gradients
    for number in matrices.indices.reversed() {
      let (matrix, input, target) = (matrices[number], pass.inputs[number], sums[number])
      if number < matrices.count - 1 { pullBackActivation(gradients, number, pass, target, threads: threads) }
      target.addTransposedProduct(input, gradients, threads: threads)
      for row in 0..<gradients.rows { target.addScaled(row: row, of: gradients, by: 1, to: input.columns) }
      let before = Matrix(rows: input.rows, columns: input.columns)
      let packed = PackedRows(matrix, rows: 0..<input.columns)
      parallelBlocks(input.rows, threads: threads) { [gradients] rows in
        scores(of: rows, in: gradients, against: packed, into: before)
      }
      gradients = before
    }
    return gradients
  }

  private func pullBackActivation(
    _ gradients: Matrix, _ number: Int, _ pass: Pass, _ target: Matrix, threads: Int
  ) {
    let (matrix, sums) = (matrices[number], pass.sums[number])
    parallelBlocks(gradients.rows, threads: threads) { form.activation.pullBack(gradients, rows: $0, at: sums) }
    guard form.isNormalised else { return }
    let (standardised, inverses) = pass.standardised[number]
    let gain = inputs(of: number) + 1
    for row in 0..<gradients.rows {
      target.addProducts(of: row, in: gradients, and: standardised, to: gain)
      target.addScaled(row: row, of: gradients, by: 1, to: gain + 1)
    }
    parallelRows(gradients.rows, threads: threads) { row in
      gradients.pullBackNormalised(row: row, standardised, inverse: inverses[row], gain: gain, of: matrix)
    }
  }
}

/// Runs `body` for blocks of rows that threads share, each of as many as a product takes from the second-level cache.
private func parallelBlocks(_ rows: Int, threads: Int, _ body: @Sendable (Range<Int>) -> Void) {
  let size = 96
  parallel(blocks: (rows + size - 1) / size, threads: threads) { body($0 * size..<min(($0 + 1) * size, rows)) }
}
