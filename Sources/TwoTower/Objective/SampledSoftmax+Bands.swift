import Kernels

/// Scores of a band of queries against all candidates of the batch, turned into exponentials in place. Queries take
/// their gradients from the rows and candidates from the columns, so that every score and every exponential is
/// computed once: three products and one pass of exponentials in all.
///
/// A candidate's sum over queries is one chain through all bands, and a query's row is whole, so that neither the
/// height of the bands nor the number of threads shows in any bit.
private struct Band {
  /// The scores of a band have about this many floats (16 MiB), but it is never lower than one block of rows.
  static let size = 4 << 20
  let queries: Range<Int>
  /// One row a query of the band; an odd number of cache lines apart, so that they do not share cache sets.
  let exponentials: AlignedFloats
  let stride: Int

  func row(_ query: Int) -> UnsafeMutablePointer<Float> {
    unsafe exponentials.pointer + (query - queries.lowerBound) * stride
  }
}

extension SampledSoftmax {
  /// Rows of the right-hand side that a product takes at a time, so that its panel stays in the first-level cache.
  package static let bandDepth = 256
  /// Columns of a band that are taken to a candidate block's product at a time.
  package static let bandColumns = 96

  /// Floats from one query's scores to the next's.
  package static func bandStride(candidates: Int) -> Int {
    let lines = (candidates + 15) / 16
    return (lines % 2 == 0 ? lines + 1 : lines) * 16
  }

  /// The matrices that the towers' rows take their gradients from.
  private struct Sources {
    let candidates: PackedColumns
    /// Vectors of a band's queries, each times Σ_v w_uv / Z_uv.
    let queries: PackedColumns
    /// The gradients of all candidates.
    let gradients: Matrix
  }

  /// - Parameters:
  ///   - queryGradients, candidateGradients: zeros, to which gradients are added.
  func runBands(threads: Int, queryGradients: Matrix, candidateGradients: Matrix) {
    let stride = Self.bandStride(candidates: candidates.rows)
    let height = min(max(Band.size / stride / Self.tileRows, 1) * Self.tileRows, max(queries.rows, 1))
    let exponentials = AlignedFloats(uninitialised: height * stride)
    let packed = PackedColumns(candidates, threads: threads)
    for start in Swift.stride(from: 0, to: queries.rows, by: height) {
      let band = Band(
        queries: start..<min(start + height, queries.rows), exponentials: exponentials, stride: stride)
      let sources = Sources(
        candidates: packed, queries: PackedColumns(rows: band.queries.count, columns: queries.columns),
        gradients: candidateGradients)
      // Few rows are cut into more blocks, so that every thread has some.
      let share = (band.queries.count / (2 * threads) + 5) / 6 * 6
      forEachBlock(of: band.queries, size: min(max(share, 6), Self.tileRows), threads: threads) {
        queryBlock($0, band, sources, into: queryGradients)
      }
      forEachBlock(of: 0..<candidates.rows, size: Self.bandColumns, threads: threads) {
        addColumns($0, band, sources)
      }
    }
  }

  private func queryBlock(_ block: Range<Int>, _ band: Band, _ sources: Sources, into target: Matrix) {
    let start = unsafe band.row(block.lowerBound)
    let all = 0..<candidates.rows
    unsafe scores(of: block, in: queries, against: packedCandidates, tile: all, into: start, stride: band.stride)
    for query in block { unsafe keepPairScores(of: query, row: band.row(query)) }
    var mask = apart?.ofQueries.sweep(block)
    unsafe mask?.cover(start, tile: all, stride: band.stride)
    let state = SoftmaxState(rows: block.count)
    unsafe state.take(
      start, stride: band.stride, rows: block.count, columns: packedCandidates.paddedRows, bias: logWeights.pointer)
    var factors: [Float] = []
    for (row, query) in block.enumerated() {
      let dense = DenseSum(level: state.maximum[row], sum: state.sum[row])
      let factor = unsafe apart == nil ? finish(query, dense) : finishApart(query, dense, row: band.row(query))
      unsafe addPositives(of: query, row: band.row(query), factor: factor)
      unsafe sources.queries.set(query - band.queries.lowerBound, to: queries.pointer(row: query), factor: factor)
      factors.append(factor)
    }
    let gradients = Matrix(rows: block.count, columns: queries.columns)
    for part in parts(candidates.rows) {
      unsafe addWeighted(
        weights: start + part.lowerBound, stride: band.stride, rows: 0..<block.count, of: gradients,
        source: sources.candidates, sourceRows: part)
    }
    for (row, query) in block.enumerated() {
      unsafe scale(gradients.pointer(row: row), by: factors[row], count: gradients.stride)
      unsafe target.pointer(row: query).update(from: gradients.pointer(row: row), count: gradients.stride)
    }
  }

  /// s(u,v) of the query's pairs, before masks and the softmax go over the row.
  func keepPairScores(of query: Int, row: UnsafePointer<Float>) {
    for place in batch.queries.starts[query]..<batch.queries.starts[query + 1] {
      unsafe coefficients.pointer[place] = unsafe row[Int(batch.queries.partners[place])]
    }
  }

  /// Puts what the query's pairs add to the gradients into the row of exponentials, so that the products take it along.
  private func addPositives(of query: Int, row: UnsafeMutablePointer<Float>, factor: Float) {
    guard factor != 0 else { return }
    for place in batch.queries.starts[query]..<batch.queries.starts[query + 1] {
      unsafe row[Int(batch.queries.partners[place])] += coefficients.pointer[place] / factor
    }
  }

  /// Adds the band's queries to the gradients of a block of candidates.
  private func addColumns(_ block: Range<Int>, _ band: Band, _ sources: Sources) {
    let scratch = AlignedFloats(uninitialised: Self.bandDepth * Self.bandColumns)
    for part in parts(band.queries.count) {
      unsafe addWeightedByColumns(
        weights: band.row(band.queries.lowerBound + part.lowerBound) + block.lowerBound, stride: band.stride,
        rows: block, of: sources.gradients, source: sources.queries, sourceRows: part, scratch: scratch)
    }
  }

  private func parts(_ rows: Int) -> [Range<Int>] {
    stride(from: 0, to: rows, by: Self.bandDepth).map { $0..<min($0 + Self.bandDepth, rows) }
  }
}
