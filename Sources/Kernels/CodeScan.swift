import CKernels

/// Finds the product-quantised candidates whose summed table entries reach a threshold.
///
/// - Parameters:
///   - codes: blocks of 32 candidates, 16 bytes for each of `subspaces` (see `ck_scan_codes`).
///   - subspaces: an even number.
///   - tables: 16 bytes a subspace.
///   - places, sums: room for `candidates` entries.
/// - Returns: how many were found, in rising order of their places.
package func scanCodes(
  _ codes: UnsafePointer<UInt8>, candidates: Int, subspaces: Int, tables: UnsafePointer<UInt8>, threshold: UInt16,
  places: UnsafeMutablePointer<UInt32>, sums: UnsafeMutablePointer<UInt16>, variant: KernelVariant = .current
) -> Int {
  precondition(subspaces % 2 == 0 && candidates >= 0, "\(candidates) candidates of \(subspaces) subspaces")
  return ck_scan_codes(variant.code, codes, candidates, subspaces, tables, threshold, places, sums)
}

/// For each row of a tile of scores, the column of the highest `score + bias`, if it exceeds the best so far.
///
/// - Parameters:
///   - columns: a multiple of 8; padding needs a bias below every score.
///   - first: number of the first column.
package func takeBestColumns(
  _ scores: UnsafePointer<Float>, stride: Int, rows: Int, columns: Int, bias: UnsafePointer<Float>, first: Int,
  best: UnsafeMutablePointer<Float>, column: UnsafeMutablePointer<Int32>, variant: KernelVariant = .current
) {
  precondition(columns % 8 == 0 && stride >= columns, "a tile of \(rows) by \(columns)")
  ck_best_columns(variant.code, scores, stride, rows, columns, bias, Int32(first), best, column)
}

/// The nearest of 16 codewords for each part of a vector.
///
/// - Parameters:
///   - vector: `subspaces * dimensions` floats.
///   - codebooks: element i of codeword c of subspace s at `(s * dimensions + i) * 16 + c`.
package func encode(
  _ vector: UnsafePointer<Float>, codebooks: UnsafePointer<Float>, subspaces: Int, dimensions: Int,
  codes: UnsafeMutablePointer<UInt8>, variant: KernelVariant = .current
) {
  ck_encode(variant.code, vector, codebooks, subspaces, dimensions, codes)
}

/// Scores of a query with rows that lie anywhere in a table, each one chain of fused multiply-adds in the order of the
/// columns, as `scores(of:in:against:)` has them.
package func scoreRows(
  _ query: UnsafePointer<Float>, columns: Int, rows: UnsafePointer<Float>, stride: Int, places: UnsafePointer<UInt32>,
  count: Int, scores: UnsafeMutablePointer<Float>, variant: KernelVariant = .current
) {
  ck_score_rows(variant.code, query, columns, rows, stride, places, count, scores)
}
