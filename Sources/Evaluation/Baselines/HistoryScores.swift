/// Scores every candidate for somebody from what they chose.
package protocol HistoryScores: Sendable {
  /// - Parameters:
  ///   - history: candidates as numbers from 0, distinct and rising; may be empty.
  ///   - scores: one for each candidate, written whole.
  func score(_ history: ArraySlice<Int32>, into scores: UnsafeMutableBufferPointer<Float>)
}
