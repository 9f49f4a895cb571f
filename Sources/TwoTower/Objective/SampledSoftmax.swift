import Kernels

/// The loss of TFRS' `Retrieval` task, `Σ_i w_i CE(softmax_j(s(i,j) − ln p_j), i)` over a batch, summed, and its
/// gradients.
///
/// With copies c_v of a candidate among the negatives, its correction −ln p_v in the score s', and pair weights w_uv,
/// `loss = Σ_uv w_uv (log Z_uv − s'(u,v))`, where Z_uv is `Σ_v c_v exp s'(u,v)`, less what is masked for the pair.
/// Scores stand in memory one tile at a time. Queries go first, with an online softmax that gives Z and their
/// gradients together; then candidates, with the scores computed once more and Z known. Every row's sums run in
/// one order whatever the number of threads.
package struct SampledSoftmax {
  static let tileRows = 48
  static let tileColumns = 512
  /// Below every score; what has it weighs nothing.
  static let masked: Float = -1e30

  /// Which candidates are no negatives of a pair.
  package struct Masks {
    /// Other copies of the pair's own candidate (TFRS' `remove_accidental_hits`).
    package var accidentalHits: Bool
    /// Every candidate that the query is known to have chosen, copies of its own among them; nil keeps them.
    package var positives: MaskedColumns?

    package init(accidentalHits: Bool = false, positives: MaskedColumns? = nil) {
      self.accidentalHits = accidentalHits || positives != nil
      self.positives = positives
    }

    var isEmpty: Bool { !accidentalHits && positives == nil }
  }

  package let batch: Batch
  let queries: Matrix
  let candidates: Matrix
  /// c_v
  let copies: [Float]
  /// −ln p_v
  let corrections: [Float]
  let masks: Masks
  /// Pairs whose scores leave the dense sums and are counted one by one.
  let apart: MaskedColumns?
  private let packedQueries: PackedRows
  let packedCandidates: PackedRows
  private let logWeights: AlignedFloats
  /// What the first pass leaves to the second: a level for each query's exponents, Σ_v w_uv / Z_uv at that level, and
  /// what each pair adds to the gradient by itself.
  private let shift: AlignedFloats
  private let share: AlignedFloats
  let coefficients: AlignedFloats
  let losses: LossRows
  private let hard: HardNegatives?
  let lists: HardLists

  /// - Parameters:
  ///   - queries: vectors of the batch's queries, one row each, divided by the temperature.
  ///   - candidates: vectors of the batch's candidates.
  ///   - copies: how often each candidate stands among the negatives; as often as in the batch if not given.
  ///   - corrections: −ln p_v of each candidate; 0 if not given.
  package init(
    _ batch: Batch, queries: Matrix, candidates: Matrix, copies: [Float]? = nil, corrections: [Float]? = nil,
    masks: Masks = Masks(), hardNegatives: Int? = nil
  ) {
    self.batch = batch
    self.queries = queries
    self.candidates = candidates
    self.copies = copies ?? batch.candidates.counts
    self.corrections = corrections ?? [Float](repeating: 0, count: batch.candidates.rows.count)
    self.masks = masks
    apart = masks.isEmpty ? nil : masks.positives ?? MaskedColumns(pairsOf: batch)
    packedQueries = PackedRows(queries)
    packedCandidates = PackedRows(candidates)
    // Padding gets a weight of exp(-1e30 - maximum) = 0.
    logWeights = AlignedFloats(packedCandidates.paddedRows)
    logWeights.pointer.update(repeating: Self.masked, count: logWeights.count)
    for row in batch.candidates.rows.indices {
      logWeights.pointer[row] = Float(naturalLogarithm(Double(self.copies[row]))) + self.corrections[row]
    }
    shift = AlignedFloats(packedQueries.paddedRows)
    share = AlignedFloats(packedQueries.paddedRows)
    coefficients = AlignedFloats(uninitialised: batch.queries.partners.count)
    losses = LossRows(count: batch.queries.rows.count)
    hard = hardNegatives.map { HardNegatives(limit: $0) }
    lists = HardLists(count: hard == nil ? 0 : batch.queries.rows.count)
  }

  /// The loss, the gradient of every query row handed to `queryGradient` and of every candidate row to
  /// `candidateGradient`; rows of the batch, each once, from any thread.
  package func run(
    threads: Int, queryGradient: @Sendable (_ row: Int, UnsafeMutablePointer<Float>) -> Void,
    candidateGradient: @Sendable (_ row: Int, UnsafeMutablePointer<Float>) -> Void
  ) -> Double {
    if let hard {
      forEachBlock(of: queries.rows, threads: threads) { hardQueryBlock($0, hard, queryGradient) }
      let transposed = lists.transposed(columns: candidates.rows)
      forEachBlock(of: candidates.rows, threads: threads) { hardCandidateBlock($0, transposed, candidateGradient) }
    } else {
      forEachBlock(of: queries.rows, threads: threads) { queryBlock($0, queryGradient) }
      forEachBlock(of: candidates.rows, threads: threads) { candidateBlock($0, candidateGradient) }
    }
    return losses.total
  }

  private func forEachBlock(of rows: Int, threads: Int, _ body: @Sendable (Range<Int>) -> Void) {
    let size = Self.tileRows
    parallel(blocks: (rows + size - 1) / size, threads: threads) { block in
      body(block * size..<min((block + 1) * size, rows))
    }
  }

  func tiles(_ rows: Int) -> [Range<Int>] {
    stride(from: 0, to: rows, by: Self.tileColumns).map { $0..<min($0 + Self.tileColumns, rows) }
  }

  private func queryBlock(_ block: Range<Int>, _ emit: (Int, UnsafeMutablePointer<Float>) -> Void) {
    let weights = AlignedFloats(uninitialised: Self.tileRows * Self.tileColumns)
    let state = SoftmaxState(rows: block.count)
    var mask = apart?.ofQueries.sweep(block)
    // The softmax-weighted sum of candidates, scaled down whenever a tile raises the maximum.
    let expected = Matrix(rows: block.count, columns: queries.columns)
    for tile in tiles(candidates.rows) {
      scores(
        of: block, in: queries, against: packedCandidates, tile: tile, into: weights.pointer, stride: Self.tileColumns)
      mask?.cover(weights, tile: tile, stride: Self.tileColumns)
      state.take(
        weights.pointer, stride: Self.tileColumns, rows: block.count, columns: Matrix.padded(tile.count),
        bias: logWeights.pointer + tile.lowerBound)
      for row in 0..<block.count where state.rescale[row] != 1 {
        scale(expected.pointer(row: row), by: state.rescale[row], count: expected.stride)
      }
      addWeighted(
        weights: weights.pointer, stride: Self.tileColumns, rows: 0..<block.count, of: expected, source: candidates,
        sourceRows: tile)
    }
    for row in 0..<block.count {
      let query = block.lowerBound + row
      let dense = (level: state.maximum[row], sum: state.sum[row])
      let factor = apart == nil ? finish(query, dense) : finishApart(query, dense)
      let gradient = expected.pointer(row: row)
      scale(gradient, by: factor, count: expected.stride)
      addPositives(of: query, in: batch.queries, from: candidates, to: gradient) { coefficients.pointer[$0] }
      emit(query, gradient)
    }
  }

  private func candidateBlock(_ block: Range<Int>, _ emit: (Int, UnsafeMutablePointer<Float>) -> Void) {
    let weights = AlignedFloats(uninitialised: Self.tileRows * Self.tileColumns)
    let gradients = Matrix(rows: block.count, columns: candidates.columns)
    var mask = apart?.ofCandidates.sweep(block)
    for tile in tiles(queries.rows) {
      scores(
        of: block, in: candidates, against: packedQueries, tile: tile, into: weights.pointer, stride: Self.tileColumns)
      mask?.cover(weights, tile: tile, stride: Self.tileColumns)
      softmaxWeights(
        weights.pointer, stride: Self.tileColumns, rows: block.count, columns: Matrix.padded(tile.count),
        rowBias: logWeights.pointer + block.lowerBound, shift: shift.pointer + tile.lowerBound,
        scale: share.pointer + tile.lowerBound)
      addWeighted(
        weights: weights.pointer, stride: Self.tileColumns, rows: 0..<block.count, of: gradients, source: queries,
        sourceRows: tile)
    }
    for row in 0..<block.count {
      addPositives(
        of: block.lowerBound + row, in: batch.candidates, from: queries, to: gradients.pointer(row: row)
      ) { coefficients.pointer[Int(batch.transposed[$0])] }
      emit(block.lowerBound + row, gradients.pointer(row: row))
    }
  }

  /// Where one denominator serves all pairs of a query. Gives what the weighted sum of candidates is multiplied with.
  private func finish(_ query: Int, _ dense: (level: Float, sum: Float)) -> Float {
    let logTotal = Double(dense.level) + logarithm(Double(dense.sum))
    var (weight, loss) = (Float(0), 0.0)
    for place in batch.queries.starts[query]..<batch.queries.starts[query + 1] {
      let own = batch.queries.partnerWeights[place]
      weight += own
      loss += Double(own) * (logTotal - score(query, place))
      coefficients.pointer[place] = -own
    }
    losses.values[query] = loss
    shift.pointer[query] = dense.level
    share.pointer[query] = weight / dense.sum
    return share[query]
  }

  /// Where every pair has a denominator of its own: the dense sum has what no mask concerns, and the query's pairs
  /// are added one by one.
  private func finishApart(_ query: Int, _ dense: (level: Float, sum: Float)) -> Float {
    let places = batch.queries.starts[query]..<batch.queries.starts[query + 1]
    let scores = places.map { score(query, $0) }
    let isAlone = dense.level < Self.masked / 2
    let level = Float(max(isAlone ? -.infinity : Double(dense.level), scores.max() ?? -.infinity))
    var exponents = scores.map { Float($0 - Double(level)) } + [isAlone ? Self.masked : dense.level - level]
    exponentials(of: &exponents)
    let factor = exponents[places.count]
    let rest = isAlone ? 0 : Double(dense.sum * factor)
    let all = places.map { Double(copies(at: $0)) * Double(exponents[$0 - places.lowerBound]) }
    let total = masks.positives == nil ? all.reduce(0, +) : 0
    var (shares, sum, loss) = ([Double](), 0.0, 0.0)
    for place in places {
      let number = place - places.lowerBound
      let own = masks.accidentalHits ? Double(exponents[number]) : all[number]
      let z = rest + (masks.positives == nil ? max(total - all[number], 0) : 0) + own
      let weight = Double(batch.queries.partnerWeights[place])
      shares.append(weight / z)
      sum += weight / z
      loss += weight * (Double(level) + logarithm(z) - scores[number])
    }
    for place in places {
      let number = place - places.lowerBound
      let own = masks.accidentalHits ? Double(exponents[number]) : all[number]
      let asNegative = masks.positives == nil ? all[number] * (sum - shares[number]) : 0
      coefficients.pointer[place] =
        Float(asNegative + own * shares[number] - Double(batch.queries.partnerWeights[place]))
    }
    losses.values[query] = loss
    shift.pointer[query] = level
    share.pointer[query] = Float(sum)
    return isAlone ? 0 : Float(sum) * factor
  }

  private func copies(at place: Int) -> Float { copies[Int(batch.queries.partners[place])] }

  /// s'(u,v) of a pair, by its place among the queries' partners.
  func score(_ query: Int, _ place: Int) -> Double {
    let candidate = Int(batch.queries.partners[place])
    let product = dot(
      queries.pointer(row: query), candidates.pointer(row: candidate), count: queries.stride)
    return Double(product) + Double(corrections[candidate])
  }

  func addPositives(
    of row: Int, in side: Batch.Side, from partners: Matrix, to gradient: UnsafeMutablePointer<Float>,
    coefficient: (Int) -> Float
  ) {
    for place in side.starts[row]..<side.starts[row + 1] {
      addScaled(
        partners.pointer(row: Int(side.partners[place])), by: coefficient(place), to: gradient, count: partners.stride)
    }
  }

  /// NaN where training has diverged, which the trainer reports.
  func logarithm(_ sum: Double) -> Double { sum.isNormal && sum > 0 ? naturalLogarithm(sum) : .nan }
}

/// One loss a query row, written by whoever has the row.
final class LossRows: @unchecked Sendable {
  let values: UnsafeMutableBufferPointer<Double>

  init(count: Int) {
    values = .allocate(capacity: count)
    values.initialize(repeating: 0)
  }

  deinit { values.deallocate() }

  var total: Double { values.reduce(0, +) }
}
