import Kernels

/// Exponentials of the scores of a band of queries against all candidates of the batch. Queries take their gradients
/// from the rows and candidates from the columns, so that every score and every exponential is computed once: three
/// products and one pass of exponentials in all.
///
/// A candidate's sum over queries is one chain through all bands, and a query's row is whole, so that neither the
/// height of the bands nor the number of threads shows in any bit.
private struct Band {
  /// The scores of a band have about this many floats (32 MiB), but it is never lower than one block of rows.
  static let size = 8 << 20
  let queries: Range<Int>
  let exponentials: PanelMatrix
  /// Vectors of the band's queries, each times Σ_v w_uv / Z_uv.
  let weighted: Matrix

  func row(_ query: Int) -> Int { query - queries.lowerBound }
}

extension SampledSoftmax {
  /// Queries whose scores are computed at once, as many as make up for fetching the candidates from the outer caches.
  package static let bandRows = 96
  /// Candidates that are scored, and weighted, while their scores are in the second-level cache, and one panel of their
  /// vectors is in the first.
  package static let bandTile = 256
  /// Candidates that take their gradients at a time.
  package static let bandColumns = 128

  /// The exponentials below which a bound of all scores is no level: a sum of them stays far from what a float can hold.
  private static let widestRange: Float = 40

  /// A bound of what all scores and log weights add up to, by the Cauchy-Schwarz inequality, if it is so close that it
  /// serves as the level of every softmax: then an exponential needs to know nothing of the other scores. `nil` where
  /// scores range too far, or some are left out.
  func commonLevel() -> Float? {
    guard apart == nil else { return nil }
    func longest(_ vectors: Matrix) -> Float {
      (0..<vectors.rows).reduce(Float(0)) { longest, row in
        let vector = unsafe vectors.pointer(row: row)
        return unsafe max(longest, dot(vector, vector, count: vectors.stride))
      }.squareRoot()
    }
    let bound = longest(queries) * longest(candidates)
    // Vectors that are not finite have no bound.
    guard 2 * bound <= Self.widestRange else { return nil }
    return unsafe bound + (logWeights.buffer.max() ?? 0)
  }

  /// - Parameters:
  ///   - queryGradients, candidateGradients: zeros, to which gradients are added.
  func runBands(threads: Int, queryGradients: Matrix, candidateGradients: Matrix) {
    let perRow = max(packedCandidates.paddedRows, 1)
    let height = min(max(Band.size / perRow / Self.bandRows, 1) * Self.bandRows, max(queries.rows, 1))
    let exponentials = PanelMatrix(uninitialisedRows: height, columns: candidates.rows)
    let packed = PackedColumns(candidates, threads: threads)
    let sums = PanelMatrix(rows: candidates.stride, columns: candidates.rows)
    let level = commonLevel()
    for start in Swift.stride(from: 0, to: queries.rows, by: height) {
      let band = Band(
        queries: start..<min(start + height, queries.rows), exponentials: exponentials,
        weighted: Matrix(rows: min(height, queries.rows - start), columns: queries.columns))
      // Few rows are cut into more blocks, so that every thread has some.
      let share = (band.queries.count / (2 * threads) + 11) / 12 * 12
      forEachBlock(of: band.queries, size: min(max(share, 12), Self.bandRows), threads: threads) {
        queryBlock($0, band, packed, level: level, into: queryGradients)
      }
      forEachBlock(of: 0..<candidates.rows, size: Self.bandColumns, threads: threads) {
        addWeighted(
          weights: band.exponentials, columns: $0, of: sums, source: band.weighted, count: band.queries.count)
      }
    }
    forEachBlock(of: 0..<candidates.rows, size: Self.bandColumns, threads: threads) {
      for row in $0 {
        unsafe sums.copy(column: row, to: candidateGradients.pointer(row: row), count: candidates.columns)
      }
    }
  }

  private func queryBlock(
    _ block: Range<Int>, _ band: Band, _ packed: PackedColumns, level: Float?, into target: Matrix
  ) {
    let (first, gradients) = (band.row(block.lowerBound), Matrix(rows: block.count, columns: queries.columns))
    let softmax = softmax(of: block, into: band.exponentials, at: first, level: level) { tile in
      addWeighted(
        weights: band.exponentials, rows: first..<first + block.count, to: gradients, source: packed, sourceRows: tile)
    }
    for (row, query) in block.enumerated() {
      let dense = DenseSum(level: softmax.levels[row], sum: softmax.sum(row))
      let share = apart == nil ? DenseShare(factor: finish(query, dense)) : finishApart(query, dense)
      if share.exponentials != 1 { band.exponentials.scale(row: first + row, by: share.exponentials) }
      let (gradient, count) = unsafe (gradients.pointer(row: row), gradients.stride)
      unsafe scale(gradient, by: share.factor * share.exponentials, count: count)
      unsafe addPositives(of: query, to: gradient, band.exponentials, row: first + row, factor: share.factor)
      unsafe target.pointer(row: query).update(from: gradient, count: count)
      let weighted = unsafe band.weighted.pointer(row: first + row)
      unsafe weighted.update(from: queries.pointer(row: query), count: count)
      unsafe scale(weighted, by: share.factor, count: count)
    }
  }

  /// Puts the exponentials of the scores of some queries into rows of `target`, and keeps the scores of their pairs.
  ///
  /// - Parameters:
  ///   - row: where the first query's go.
  ///   - level: of all softmaxes; each row's highest score if not given.
  ///   - body: does what is left to do with a tile of exponentials while it is in cache.
  func softmax(
    of block: Range<Int>, into target: PanelMatrix, at row: Int, level: Float?, body: (_ tile: Range<Int>) -> Void
  ) -> PanelSoftmax {
    let softmax = PanelSoftmax(rows: block.count, levels: level)
    var pairs = MaskedColumns.Lists(starts: batch.queries.starts, columns: batch.queries.partners).sweep(block)
    var mask = apart?.ofQueries.sweep(block)
    let tiles = Swift.stride(from: 0, to: candidates.rows, by: Self.bandTile).map {
      $0..<min($0 + Self.bandTile, candidates.rows)
    }
    func take(_ tile: Range<Int>) {
      softmax.take(target, from: row, tile: tile, bias: logWeights)
      body(tile)
    }
    for tile in tiles {
      scores(of: block, in: queries, against: packedCandidates, tile: tile, into: target, at: row)
      // Before masks and the softmax go over them.
      pairs.visit(tile) {
        unsafe target.copy(row: row + $0, columns: $1, to: coefficients.pointer + $1.startIndex)
      }
      mask?.visit(tile) { target.fill(row: row + $0, columns: $1, with: Self.masked) }
      if level == nil { softmax.raise(by: target, from: row, tile: tile, bias: logWeights) } else { take(tile) }
    }
    if level == nil { tiles.forEach(take) }
    return softmax
  }

  /// Adds what the query's pairs add to the gradients: to its own, and to the row of exponentials, so that the
  /// candidates' product takes it along.
  private func addPositives(
    of query: Int, to gradient: UnsafeMutablePointer<Float>, _ exponentials: PanelMatrix, row: Int, factor: Float
  ) {
    let places = batch.queries.starts[query]..<batch.queries.starts[query + 1]
    guard factor != 0, !places.isEmpty else { return }
    let own = unsafe coefficients.pointer + places.lowerBound
    unsafe exponentials.add(own, over: factor, toRow: row, columns: batch.queries.partners[places])
    let sum = AlignedFloats(uninitialised: candidates.stride)
    unsafe batch.queries.partners.withUnsafeBufferPointer { partners in
      let vectors = unsafe ListedRows(UnsafeBufferPointer(rebasing: partners[places]), of: candidates)
      unsafe vectors.sum(factors: own, into: sum.pointer)
    }
    unsafe addScaled(sum.pointer, by: 1, to: gradient, count: candidates.stride)
  }
}
