import CKernels

/// Finds the product-quantised candidates whose summed table entries reach a threshold, and gives how many there are.
///
/// - Parameters:
///   - codes: blocks of 32 candidates, 16 bytes for each of `subspaces` (see `ck_scan_codes`).
///   - subspaces: an even number.
///   - tables: 16 bytes a subspace.
///   - base, step: a score is `base + step * sum`.
///   - first: the place of the first candidate.
///   - numbers: of the candidates by their places, of which `allowed` has a bit for each below `bits`.
///   - keys: room for `candidates` keys of scores and places.
package func scanCodes(
  _ codes: UnsafePointer<UInt8>, candidates: Int, subspaces: Int, tables: UnsafePointer<UInt8>, threshold: UInt16,
  base: Float, step: Float, first: Int, numbers: UnsafePointer<UInt32>?, allowed: UnsafePointer<UInt64>?,
  bits: Int, keys: UnsafeMutablePointer<UInt64>, variant: KernelVariant = .current
) -> Int {
  precondition(subspaces % 2 == 0 && candidates >= 0, "\(candidates) candidates of \(subspaces) subspaces")
  return unsafe ck_scan_codes(
    variant.code, codes, candidates, subspaces, tables, threshold, base, step, UInt32(first), numbers, allowed,
    bits, keys)
}

/// Finds the column of the highest `score + bias` in each row of a tile of scores, if it exceeds the best so far.
///
/// - Parameters:
///   - columns: a multiple of 8; padding needs a bias below every score.
///   - first: number of the first column.
package func takeBestColumns(
  _ scores: UnsafePointer<Float>, stride: Int, rows: Int, columns: Int, bias: UnsafePointer<Float>, first: Int,
  best: UnsafeMutablePointer<Float>, column: UnsafeMutablePointer<Int32>, variant: KernelVariant = .current
) {
  precondition(columns % 8 == 0 && stride >= columns, "a tile of \(rows) by \(columns)")
  unsafe ck_best_columns(variant.code, scores, stride, rows, columns, bias, Int32(first), best, column)
}

/// Chooses one of 16 codewords for each subspace of a residual, so as to make `|error|² + weight ⟨error, direction⟩²`
/// small.
///
/// - Parameters:
///   - direction: a vector of length 1.
///   - weight: by squared distance alone if 0.
///   - codebooks: element i of codeword c at `16 i + c`.
///   - starts: the first dimension of each subspace, and the number of all.
///   - room: for 32 floats a subspace.
///   - codes: one byte a subspace.
package func encode(
  _ residual: UnsafePointer<Float>, direction: UnsafePointer<Float>, weight: Float, codebooks: UnsafePointer<Float>,
  starts: [UInt32], room: UnsafeMutablePointer<Float>, codes: UnsafeMutablePointer<UInt8>,
  variant: KernelVariant = .current
) {
  unsafe ck_encode(variant.code, residual, direction, weight, codebooks, starts, starts.count - 1, room, codes)
}

/// The term that each codeword adds to the product with a query, in bytes: `product ≈ base + step * sum`.
///
/// - Parameters:
///   - greatest: of the entries, at most 255.
///   - room: for 16 floats a subspace.
///   - entries: 16 bytes a subspace.
package func fillLookUpTable(
  _ query: UnsafePointer<Float>, codebooks: UnsafePointer<Float>, starts: [UInt32], greatest: Int,
  room: UnsafeMutablePointer<Float>, entries: UnsafeMutablePointer<UInt8>, variant: KernelVariant = .current
) -> (base: Float, step: Float) {
  var (base, step) = (Float(0), Float(0))
  unsafe ck_lookup_table(
    variant.code, query, codebooks, starts, starts.count - 1, Float(greatest), room, entries, &base, &step)
  return (base, step)
}

/// Scores of a query with rows that lie anywhere in a table, each one chain of fused multiply-adds in the order of the
/// columns, as `scores(of:in:against:)` has them.
package func scoreRows(
  _ query: UnsafePointer<Float>, columns: Int, rows: UnsafePointer<Float>, stride: Int, places: UnsafePointer<UInt32>,
  count: Int, scores: UnsafeMutablePointer<Float>, variant: KernelVariant = .current
) {
  unsafe ck_score_rows(variant.code, query, columns, rows, stride, places, count, scores)
}

/// Scores of a query with panels of 16 packed rows, and the keys of those whose bounds, `score + reach · spread`, are
/// above a threshold; gives how many.
///
/// - Parameters:
///   - panels: which of `right`'s.
///   - spreads, scores, bounds: one for each of `right.paddedRows`.
///   - keys: room for one more than there are rows in the panels.
package func boundPanels(
  _ query: UnsafePointer<Float>, _ right: PackedRows, panels: UnsafeBufferPointer<UInt32>,
  spreads: UnsafePointer<Float>, reach: Float, threshold: Float, scores: UnsafeMutablePointer<Float>,
  bounds: UnsafeMutablePointer<Float>, keys: UnsafeMutablePointer<UInt64>, variant: KernelVariant = .current
) -> Int {
  guard let list = panels.baseAddress else { return 0 }
  unsafe precondition(panels.allSatisfy { 16 * Int($0) < right.paddedRows }, "panels of \(right.rows) rows")
  return unsafe ck_bound_panels(
    variant.code, query, right.columns, right.pointer, list, panels.count, spreads, reach, threshold, scores, bounds,
    keys)
}
