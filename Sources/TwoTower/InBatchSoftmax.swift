import Kernels

/// The loss of TFRS' `Retrieval` task, `Σ_i CE(softmax(Q_i · C_jᵀ)_j, i)` over a batch, summed, and its gradients.
///
/// With n_u, n_v and n_uv the multiplicities of a query, a candidate and a pair in the batch,
/// `loss = Σ_u n_u log Σ_v n_v exp s(u,v) − Σ_uv n_uv s(u,v)` and `∂loss/∂s(u,v) = n_u n_v exp s(u,v) / Z_u − n_uv`.
/// Scores stand in memory one tile at a time. Queries go first, with an online softmax that gives Z_u and their
/// gradients together; then candidates, with the scores computed once more and Z_u known. Every row's sums run in
/// one order whatever the number of threads.
package struct InBatchSoftmax {
  static let tileRows = 48
  static let tileColumns = 512

  package let batch: Batch
  let queries: Matrix
  let candidates: Matrix
  private let packedQueries: PackedRows
  private let packedCandidates: PackedRows
  private let logCounts: AlignedFloats
  /// What the first pass leaves to the second: the highest score of each query, and n_u / Z_u.
  private let shift: AlignedFloats
  private let share: AlignedFloats
  private let losses: LossRows

  /// Takes the rows of the batch out of the tables as they are now.
  package init(_ batch: Batch, queryTable: Matrix, candidateTable: Matrix) {
    self.batch = batch
    queries = Matrix(rows: batch.queries.rows.count, columns: queryTable.columns)
    candidates = Matrix(rows: batch.candidates.rows.count, columns: candidateTable.columns)
    queries.gather(queryTable, rows: batch.queries.rows)
    candidates.gather(candidateTable, rows: batch.candidates.rows)
    packedQueries = PackedRows(queries)
    packedCandidates = PackedRows(candidates)
    // Padding gets a weight of exp(-1e30 - maximum) = 0.
    logCounts = AlignedFloats(packedCandidates.paddedRows)
    logCounts.pointer.update(repeating: -1e30, count: logCounts.count)
    for (row, count) in batch.candidates.counts.enumerated() {
      logCounts.pointer[row] = Float(naturalLogarithm(Double(count)))
    }
    shift = AlignedFloats(packedQueries.paddedRows)
    share = AlignedFloats(packedQueries.paddedRows)
    losses = LossRows(count: batch.queries.rows.count)
  }

  /// The loss, the gradient of every query row handed to `queryGradient` and of every candidate row to
  /// `candidateGradient`; rows of the batch, each once, from any thread.
  package func run(
    threads: Int, queryGradient: @Sendable (_ row: Int, UnsafePointer<Float>) -> Void,
    candidateGradient: @Sendable (_ row: Int, UnsafePointer<Float>) -> Void
  ) -> Double {
    forEachBlock(of: queries.rows, threads: threads) { queryBlock($0, queryGradient) }
    forEachBlock(of: candidates.rows, threads: threads) { candidateBlock($0, candidateGradient) }
    return losses.total
  }

  private func forEachBlock(of rows: Int, threads: Int, _ body: @Sendable (Range<Int>) -> Void) {
    let size = Self.tileRows
    parallel(blocks: (rows + size - 1) / size, threads: threads) { block in
      body(block * size..<min((block + 1) * size, rows))
    }
  }

  private func tiles(_ rows: Int) -> [Range<Int>] {
    stride(from: 0, to: rows, by: Self.tileColumns).map { $0..<min($0 + Self.tileColumns, rows) }
  }

  private func queryBlock(_ block: Range<Int>, _ emit: (Int, UnsafePointer<Float>) -> Void) {
    let weights = AlignedFloats(uninitialised: Self.tileRows * Self.tileColumns)
    let state = SoftmaxState(rows: block.count)
    // The softmax-weighted sum of candidates, scaled down whenever a tile raises the maximum.
    let expected = Matrix(rows: block.count, columns: queries.columns)
    for tile in tiles(candidates.rows) {
      scores(
        of: block, in: queries, against: packedCandidates, tile: tile, into: weights.pointer, stride: Self.tileColumns)
      state.take(
        weights.pointer, stride: Self.tileColumns, rows: block.count, columns: Matrix.padded(tile.count),
        bias: logCounts.pointer + tile.lowerBound)
      for row in 0..<block.count where state.rescale[row] != 1 {
        scale(expected.pointer(row: row), by: state.rescale[row], count: expected.stride)
      }
      addWeighted(
        weights: weights.pointer, stride: Self.tileColumns, rows: 0..<block.count, of: expected, source: candidates,
        sourceRows: tile)
    }
    for row in 0..<block.count {
      let query = block.lowerBound + row
      let count = batch.queries.counts[query]
      let gradient = expected.pointer(row: row)
      shift.pointer[query] = state.maximum[row]
      share.pointer[query] = count / state.sum[row]
      let own = positives(of: query, in: batch.queries, from: candidates)
      losses.values[query] =
        Double(count) * (Double(state.maximum[row]) + logarithm(state.sum[row])) - dot(query, own)
      scale(gradient, by: share[query], count: expected.stride)
      addScaled(own.pointer, by: -1, to: gradient, count: expected.stride)
      emit(query, gradient)
    }
  }

  private func candidateBlock(_ block: Range<Int>, _ emit: (Int, UnsafePointer<Float>) -> Void) {
    let weights = AlignedFloats(uninitialised: Self.tileRows * Self.tileColumns)
    let gradients = Matrix(rows: block.count, columns: candidates.columns)
    for tile in tiles(queries.rows) {
      scores(
        of: block, in: candidates, against: packedQueries, tile: tile, into: weights.pointer, stride: Self.tileColumns)
      softmaxWeights(
        weights.pointer, stride: Self.tileColumns, rows: block.count, columns: Matrix.padded(tile.count),
        rowBias: logCounts.pointer + block.lowerBound, shift: shift.pointer + tile.lowerBound,
        scale: share.pointer + tile.lowerBound)
      addWeighted(
        weights: weights.pointer, stride: Self.tileColumns, rows: 0..<block.count, of: gradients, source: queries,
        sourceRows: tile)
    }
    for row in 0..<block.count {
      let own = positives(of: block.lowerBound + row, in: batch.candidates, from: queries)
      addScaled(own.pointer, by: -1, to: gradients.pointer(row: row), count: gradients.stride)
      emit(block.lowerBound + row, gradients.pointer(row: row))
    }
  }

  /// Σ of a row's partners, each as often as the pair occurs.
  private func positives(of row: Int, in side: Batch.Side, from partners: Matrix) -> AlignedFloats {
    let sum = AlignedFloats(partners.stride)
    for place in side.starts[row]..<side.starts[row + 1] {
      addScaled(
        partners.pointer(row: Int(side.partners[place])), by: side.partnerCounts[place], to: sum.pointer,
        count: sum.count)
    }
    return sum
  }

  private func dot(_ query: Int, _ vector: AlignedFloats) -> Double {
    let row = queries.pointer(row: query)
    var sum = 0.0
    for column in 0..<queries.columns { sum += Double(row[column]) * Double(vector.pointer[column]) }
    return sum
  }

  /// NaN where training has diverged, which the trainer reports.
  private func logarithm(_ sum: Float) -> Double {
    Double(sum).isNormal && sum > 0 ? naturalLogarithm(Double(sum)) : .nan
  }
}

/// One loss a query row, written by whoever has the row.
private final class LossRows: @unchecked Sendable {
  let values: UnsafeMutableBufferPointer<Double>

  init(count: Int) {
    values = .allocate(capacity: count)
    values.initialize(repeating: 0)
  }

  deinit { values.deallocate() }

  var total: Double { values.reduce(0, +) }
}
