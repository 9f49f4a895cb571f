package import Kernels
import ParallelLoops

/// The loss of TFRS' `Retrieval` task, `Σ_i w_i CE(softmax_j(s(i,j) − ln p_j), i)` over a batch, summed, and its
/// gradients.
///
/// With copies c_v of a candidate among the negatives, its correction −ln p_v in the score s', and pair weights w_uv,
/// `loss = Σ_uv w_uv (log Z_uv − s'(u,v))`, where Z_uv is `Σ_v c_v exp s'(u,v)`, less what is masked for the pair.
/// Scores stand in memory for one band of queries at a time (`SampledSoftmax+Bands.swift`), so memory is bounded
/// whatever the batch. Every row's sums run in one order whatever the bands and the number of threads.
package struct SampledSoftmax {
  package static let tileRows = 48
  static let tileColumns = 512
  /// A score below every other; what has it weighs nothing.
  static let masked: Float = -1e30

  /// The rules by which candidates are no negatives of a pair.
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
  /// The number c_v of copies of each candidate in the batch.
  let copies: [Float]
  /// −ln p_v
  let corrections: [Float]
  let masks: Masks
  /// Pairs whose scores leave the dense sums and are counted one by one.
  let apart: MaskedColumns?
  let packedCandidates: PackedRows
  /// The logarithmic weight ln c_v − ln p_v of each candidate.
  let logWeights: AlignedFloats
  /// First the score of each pair, then what the pair adds to the gradients by itself.
  let coefficients: AlignedFloats
  let losses: SharedBuffer<Double>
  private let hard: HardNegatives?
  let lists: HardLists

  /// - Parameters:
  ///   - queries: vectors of the batch's queries, one row each, divided by the temperature.
  ///   - candidates: vectors of the batch's candidates.
  ///   - copies: how often each candidate stands among the negatives; as often as in the batch if not given.
  ///   - corrections: −ln p_v of each candidate; 0 if not given.
  package init(
    _ batch: Batch, queries: Matrix, candidates: Matrix, copies: [Float]? = nil, corrections: [Float]? = nil,
    masks: Masks = Masks(), hardNegatives: Int? = nil, threads: Int = 1
  ) {
    self.batch = batch
    self.queries = queries
    self.candidates = candidates
    self.copies = copies ?? batch.candidates.counts
    self.corrections = corrections ?? [Float](repeating: 0, count: batch.candidates.rows.count)
    self.masks = masks
    apart = masks.isEmpty ? nil : masks.positives ?? MaskedColumns(pairsOf: batch)
    packedCandidates = PackedRows(candidates, threads: threads)
    // Padding gets a weight of exp(-1e30 - maximum) = 0.
    logWeights = AlignedFloats(packedCandidates.paddedRows)
    unsafe logWeights.pointer.update(repeating: Self.masked, count: logWeights.count)
    for row in batch.candidates.rows.indices {
      unsafe logWeights.pointer[row] = Float(naturalLogarithm(Double(self.copies[row]))) + self.corrections[row]
    }
    coefficients = AlignedFloats(uninitialised: batch.queries.partners.count)
    losses = SharedBuffer(repeating: 0, count: batch.queries.rows.count)
    hard = hardNegatives.map { HardNegatives(limit: $0) }
    lists = HardLists(count: hard == nil ? 0 : batch.queries.rows.count)
  }

  /// The summed loss, and its gradients.
  package struct Outcome: Sendable {
    /// The loss in nats.
    package let loss: Double
    /// The gradients of the vectors of the batch's queries, row by row.
    package let queries: Matrix
    /// The gradients of the vectors of the batch's candidates, row by row.
    package let candidates: Matrix
  }

  /// The loss and the gradients: three products of `queries · candidates · dimension` multiplications and one pass of
  /// exponentials.
  package func run(threads: Int) -> Outcome {
    let gradients = (
      queries: Matrix(rows: queries.rows, columns: queries.columns),
      candidates: Matrix(rows: candidates.rows, columns: candidates.columns)
    )
    if let hard {
      forEachBlock(of: 0..<queries.rows, threads: threads) { hardQueryBlock($0, hard, into: gradients.queries) }
      let transposed = lists.transposed(columns: candidates.rows)
      forEachBlock(of: 0..<candidates.rows, threads: threads) {
        hardCandidateBlock($0, transposed, into: gradients.candidates)
      }
    } else {
      runBands(threads: threads, queryGradients: gradients.queries, candidateGradients: gradients.candidates)
    }
    return unsafe Outcome(
      loss: losses.buffer.reduce(0, +), queries: gradients.queries, candidates: gradients.candidates)
  }

  func forEachBlock(of rows: Range<Int>, size: Int = tileRows, threads: Int, _ body: @Sendable (Range<Int>) -> Void) {
    parallel(blocks: (rows.count + size - 1) / size, threads: threads) { block in
      let start = rows.lowerBound + block * size
      body(start..<min(start + size, rows.upperBound))
    }
  }

  func tiles(_ rows: Int) -> [Range<Int>] {
    stride(from: 0, to: rows, by: Self.tileColumns).map { $0..<min($0 + Self.tileColumns, rows) }
  }

  /// Returns s'(u,v) of a pair, by its place among the query's partners.
  func score(_ query: Int, _ place: Int) -> Double {
    let candidate = Int(batch.queries.partners[place])
    let product = unsafe dot(
      queries.pointer(row: query), candidates.pointer(row: candidate), count: queries.stride)
    return Double(product) + Double(corrections[candidate])
  }

  /// NaN where training has diverged, which the trainer reports.
  func logarithm(_ sum: Double) -> Double { sum.isNormal && sum > 0 ? naturalLogarithm(sum) : .nan }
}
