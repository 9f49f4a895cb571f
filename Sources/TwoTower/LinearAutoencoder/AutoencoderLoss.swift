import Kernels
import LinearAlgebra
import ParallelLoops

/// The loss of the linear autoencoder ELSA (Vančura et al., "Scalable Linear Shallow Autoencoder for Collaborative
/// Filtering", RecSys 2022) over a batch of queries, and its gradients. With A the candidates' unit vectors, a row
/// each, x the weights of what a query chose and z the part of x that it is shown,
///
///     loss = Σ_queries | y / |y| − x / |x| |²,   y = z A Aᵀ − z
///
/// so that no candidate is predicted from itself. z is x in the paper; a random part of it makes a denoising
/// autoencoder (Steck, "Autoencoders that don't overfit towards the Identity", NeurIPS 2020).
///
/// Costs three products of `queries · candidates · dimension` multiplications. The rows y stand in memory for one band
/// of queries at a time, so memory is bounded whatever the batch; every sum runs in one order whatever the bands and
/// the number of threads.
struct AutoencoderLoss {
  /// The rows y of a band have about this many floats (16 MiB), but a band is never lower than one block of rows.
  static let bandFloats = 4 << 20
  /// Rows of the right-hand side that a product takes at a time, so that its panel stays in the first-level cache.
  private static let bandDepth = 256
  /// Columns of a band that are taken to a candidate block's product at a time.
  private static let bandColumns = 96

  /// Floats from one query's scores to the next's: an odd number of cache lines, so that they do not share cache sets.
  private static func bandStride(candidates: Int) -> Int {
    let lines = (candidates + 15) / 16
    return (lines % 2 == 0 ? lines + 1 : lines) * 16
  }

  /// The target x, a row for each query of the batch, not all zero.
  let target: SparseMatrix
  /// The input z, which is x with some elements dropped.
  let input: SparseMatrix
  /// The matrix A.
  let candidates: Matrix

  struct Outcome {
    let loss: Double
    /// Gradients of the candidates' unit vectors, row by row.
    let gradients: Matrix
  }

  /// - Parameter bandFloats: a bound on the floats of a band.
  func run(threads: Int, bandFloats: Int = bandFloats) -> Outcome {
    let stride = Self.bandStride(candidates: candidates.rows)
    let tile = SampledSoftmax.tileRows
    let height = min(max(bandFloats / stride / tile, 1) * tile, max(target.rowCount, 1))
    let room = AlignedFloats(uninitialised: height * stride)
    let parts = Operands(bags: input.sums(of: candidates, threads: threads), candidates, threads: threads)
    let gradients = Matrix(rows: candidates.rows, columns: candidates.columns)
    let losses = SharedBuffer<Double>(repeating: 0, count: target.rowCount)
    for start in Swift.stride(from: 0, to: target.rowCount, by: height) {
      let band = Band(queries: start..<min(start + height, target.rowCount), rows: room, stride: stride)
      // Few rows are cut into more blocks, so that every thread has some.
      let share = max(band.queries.count / (2 * threads) / 6 * 6, 6)
      forEachBlock(of: band.queries, size: min(share, tile), threads: threads) {
        addQueries($0, band, parts, losses)
      }
      let bags = PackedColumns(rows: band.queries.count, columns: candidates.columns)
      for (place, query) in band.queries.enumerated() { bags.set(place, to: parts.bags, row: query) }
      forEachBlock(of: 0..<candidates.rows, size: Self.bandColumns, threads: threads) {
        addCandidates($0, band, bags, to: gradients)
      }
    }
    input.transposed().addSums(of: parts.bagGradients, to: gradients, threads: threads)
    return Outcome(loss: losses.reduce(0, +), gradients: gradients)
  }

  /// The operands that the products of all bands share.
  private struct Operands: Sendable {
    /// The bags z A.
    let bags: Matrix
    let bagGradients: Matrix
    let rows: PackedRows
    let columns: PackedColumns

    init(bags: Matrix, _ candidates: Matrix, threads: Int) {
      self.bags = bags
      bagGradients = Matrix(rows: bags.rows, columns: bags.columns)
      rows = PackedRows(candidates, threads: threads)
      columns = PackedColumns(candidates, threads: threads)
    }
  }

  /// The rows y of some queries, which become gradients in place.
  private struct Band: Sendable {
    let queries: Range<Int>
    let rows: AlignedFloats
    let stride: Int

    func row(_ query: Int) -> UnsafeMutablePointer<Float> {
      unsafe rows.pointer + (query - queries.lowerBound) * stride
    }
  }

  private func addQueries(
    _ block: Range<Int>, _ band: Band, _ operands: Operands, _ losses: SharedBuffer<Double>
  ) {
    let start = unsafe band.row(block.lowerBound)
    unsafe scores(
      of: block, in: operands.bags, against: operands.rows, tile: 0..<candidates.rows, into: start,
      stride: band.stride)
    for query in block {
      losses[query] = unsafe turnIntoGradient(band.row(query), of: query, count: operands.rows.paddedRows)
    }
    for part in parts(candidates.rows) {
      unsafe addWeighted(
        weights: start + part.lowerBound, stride: band.stride, rows: block, of: operands.bagGradients,
        source: operands.columns, sourceRows: part)
    }
  }

  /// Turns z A Aᵀ into the gradient of y, `2 cos y / |y|² − 2 x / (|x| |y|)` with cos that of the angle between x and
  /// y, and gives the query's loss, 2 − 2 cos. A query whose y is zero, as one that is shown nothing, has loss 1 and no
  /// gradient.
  private func turnIntoGradient(_ row: UnsafeMutablePointer<Float>, of query: Int, count: Int) -> Double {
    input.forEach(in: query) { unsafe row[$0] -= $1 }
    let length = unsafe dot(row, row, count: count).squareRoot()
    var (along, squares): (Float, Float) = (0, 0)
    target.forEach(in: query) { candidate, weight in
      unsafe along += row[candidate] * weight
      squares += weight * weight
    }
    let wanted = squares.squareRoot()
    if length <= ScaledVectors.leastNorm {
      unsafe row.update(repeating: 0, count: count)
      return 1
    }
    let cosine = along / (length * wanted)
    unsafe scale(row, by: 2 * cosine / (length * length), count: count)
    target.forEach(in: query) { unsafe row[$0] -= 2 / (length * wanted) * $1 }
    return 2 - 2 * Double(cosine)
  }

  private func addCandidates(_ block: Range<Int>, _ band: Band, _ bags: PackedColumns, to gradients: Matrix) {
    let scratch = AlignedFloats(uninitialised: Self.bandDepth * Self.bandColumns)
    for part in parts(band.queries.count) {
      unsafe addWeightedByColumns(
        weights: band.row(band.queries.lowerBound + part.lowerBound) + block.lowerBound, stride: band.stride,
        rows: block, of: gradients, source: bags, sourceRows: part, scratch: scratch)
    }
  }

  private func parts(_ rows: Int) -> [Range<Int>] {
    stride(from: 0, to: rows, by: Self.bandDepth).map {
      $0..<min($0 + Self.bandDepth, rows)
    }
  }

  private func forEachBlock(
    of rows: Range<Int>, size: Int, threads: Int, _ body: @Sendable (Range<Int>) -> Void
  ) {
    parallel(blocks: (rows.count + size - 1) / size, threads: threads) { block in
      let start = rows.lowerBound + block * size
      body(start..<min(start + size, rows.upperBound))
    }
  }
}
