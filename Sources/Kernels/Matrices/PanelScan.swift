import CKernels

/// Finds the candidates of each of some queries whose scores are above its threshold, without writing down the others.
/// A score is one chain of fused multiply-adds in the order of the columns.
///
/// - Parameters:
///   - range: rows of `queries`, each of which has a threshold and a place in `keys`.
///   - tile: which packed rows; begins at a multiple of 16.
///   - keys: where each query's keys go, with room for `tile.count`.
///   - found: gets the number of keys of each query.
package func scanPanels(
  _ range: Range<Int>, of queries: Matrix, against candidates: PackedRows, tile: Range<Int>,
  above thresholds: [Float], into keys: [UnsafeMutablePointer<UInt64>], found: inout [Int],
  variant: KernelVariant = .current
) {
  precondition(queries.columns == candidates.columns, "rows of \(queries.columns) and of \(candidates.columns)")
  precondition(tile.lowerBound >= 0 && tile.lowerBound % 16 == 0, "a tile at \(tile.lowerBound)")
  precondition(tile.upperBound <= candidates.rows && range.upperBound <= queries.rows, "rows beyond the matrix")
  unsafe precondition(
    thresholds.count == range.count && keys.count == range.count && found.count == range.count,
    unsafe "\(range.count) queries, \(thresholds.count) thresholds, \(keys.count) lists")
  unsafe keys.withUnsafeBufferPointer { keys in
    // C has one pointer type for what may be nil and what may not.
    unsafe keys.withMemoryRebound(to: UnsafeMutablePointer<UInt64>?.self) { keys in
      unsafe found.withUnsafeMutableBufferPointer { found in
        guard let keys = keys.baseAddress, let found = found.baseAddress else { return }
        unsafe ck_scan_panels(
          variant.code, queries.pointer(row: range.lowerBound), queries.stride, range.count,
          candidates.pointer + tile.lowerBound * candidates.columns, candidates.columns, tile.count,
          UInt32(tile.lowerBound), thresholds, keys, found)
      }
    }
  }
}

/// The same of one query.
///
/// - Parameter keys: room for `tile.count`.
/// - Returns: how many keys there are.
package func scanPanels(
  _ query: UnsafePointer<Float>, against candidates: PackedRows, tile: Range<Int>, above threshold: Float,
  into keys: UnsafeMutablePointer<UInt64>, variant: KernelVariant = .current
) -> Int {
  precondition(tile.lowerBound >= 0 && tile.lowerBound % 16 == 0, "a tile at \(tile.lowerBound)")
  precondition(tile.upperBound <= candidates.rows, "tile \(tile) of \(candidates.rows) rows")
  var (level, target, found) = unsafe (threshold, Optional(keys), 0)
  unsafe ck_scan_panels(
    variant.code, query, 0, 1, candidates.pointer + tile.lowerBound * candidates.columns, candidates.columns,
    tile.count, UInt32(tile.lowerBound), &level, &target, &found)
  return found
}

/// The same scores of one query with packed rows that lie anywhere.
///
/// - Parameters:
///   - places: numbers of packed rows, of which there are `count`.
///   - scores: room for `count` floats.
package func scorePlaces(
  _ query: UnsafePointer<Float>, against candidates: PackedRows, places: UnsafePointer<UInt32>, count: Int,
  scores: UnsafeMutablePointer<Float>, variant: KernelVariant = .current
) {
  guard count > 0 else { return }
  precondition((0..<count).allSatisfy { unsafe places[$0] < candidates.rows }, "a place beyond \(candidates.rows) rows")
  unsafe ck_score_places(variant.code, query, candidates.columns, candidates.pointer, places, count, scores)
}
