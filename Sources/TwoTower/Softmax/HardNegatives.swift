import Kernels

/// The best negatives of each pair (TFRS' `num_hard_negatives`): of the candidates of the batch, copies counted, the n
/// with the highest corrected scores beside the pair's own. Equal scores go by the candidate's row.
struct HardNegatives {
  /// A candidate of the batch, its corrected score, and how many copies of it there are.
  struct Column {
    var column: Int32
    var score: Float
    var copies: Float
  }

  let limit: Int

  /// The first columns of a list that always suffice: n beside the pair's own.
  var length: Int { limit + 1 }

  /// Keeps the best columns of a row of scores.
  ///
  /// - Parameter scores: with the corrections, `bias` of copies not among them; masked ones are far below all others.
  func merge(_ scores: UnsafeBufferPointer<Float>, from first: Int, copies: [Float], into best: inout [Column]) {
    var least = best.count >= length ? best[length - 1].score : -.infinity
    for place in scores.indices where unsafe scores[place] > least && scores[place] > SampledSoftmax.masked / 2 {
      let column = first + place
      unsafe best.append(Column(column: Int32(column), score: scores[place], copies: copies[column]))
      if best.count >= 2 * length + 64 {
        Self.keep(length, of: &best)
        least = best[length - 1].score
      }
    }
    Self.keep(length, of: &best)
  }

  private static func keep(_ count: Int, of best: inout [Column]) {
    best.sort { ($1.score, $0.column) < ($0.score, $1.column) }
    if best.count > count { best.removeLast(best.count - count) }
  }

  /// The number of copies of each of the best columns that a pair takes.
  ///
  /// - Parameters:
  ///   - own: the pair's column.
  ///   - ownCopies: how many copies of it, itself apart, are negatives.
  func taken(of best: [Column], own: Int32, ownCopies: Float) -> [Float] {
    var left = Float(limit)
    return best.map { candidate in
      let count = min(candidate.column == own ? ownCopies : candidate.copies, left)
      left -= count
      return count
    }
  }
}
