/// Something that scores candidates for the judged queries, a tile of them at a time.
package protocol CandidateScores: Sendable {
  /// Candidates that are scored at once, a multiple of 16: few for what is computed by tiles, all where the scores of a
  /// query come together.
  var tileWidth: Int { get }

  /// - Parameters:
  ///   - queries: places among the judged queries.
  ///   - tile: candidates; begins at a multiple of `tileWidth`.
  ///   - scores: a row for each query; a candidate that can never be retrieved has NaN.
  ///   - stride: floats from one row to the next, at least the tile rounded up to a multiple of 16.
  func score(_ queries: Range<Int>, against tile: Range<Int>, into scores: UnsafeMutablePointer<Float>, stride: Int)
}
