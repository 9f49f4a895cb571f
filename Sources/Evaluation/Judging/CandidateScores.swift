import Kernels
import TwoTower

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

/// The dot products of a model's towers.
package struct TowerScores: CandidateScores {
  private let vectors: Matrix
  private let packed: PackedRows
  /// Candidates that the model does not have, rising.
  private let missing: [Int32]

  package var tileWidth: Int { 2048 }

  /// - Parameters:
  ///   - vectors: a row for each judged query.
  ///   - candidates: a row for each candidate, from 0.
  ///   - missing: candidates without a vector, rising.
  package init(queries vectors: Matrix, candidates: PackedRows, missing: [Int32] = []) {
    self.vectors = vectors
    packed = candidates
    self.missing = missing
  }

  package func score(
    _ queries: Range<Int>, against tile: Range<Int>, into target: UnsafeMutablePointer<Float>, stride: Int
  ) {
    scores(of: queries, in: vectors, against: packed, tile: tile, into: target, stride: stride)
    for candidate in missing where tile.contains(Int(candidate)) {
      for row in 0..<queries.count { target[row * stride + Int(candidate) - tile.lowerBound] = .nan }
    }
  }
}

/// The baseline that every model has to beat: how many chose the candidate in training, the same for everybody.
package struct PopularityScores: HistoryScores {
  private let counts: [Float]

  /// - Parameter counts: distinct train pairs of each candidate.
  package init(counts: [Int32]) { self.counts = counts.map { Float($0) } }

  package func score(_ history: ArraySlice<Int32>, into scores: UnsafeMutableBufferPointer<Float>) {
    _ = scores.update(fromContentsOf: counts)
  }
}

/// How often each candidate occurs.
package func candidateCounts(_ candidates: [Int32], candidateCount: Int) -> [Int32] {
  var counts = [Int32](repeating: 0, count: candidateCount)
  for candidate in candidates where 0..<candidateCount ~= Int(candidate) { counts[Int(candidate)] += 1 }
  return counts
}

/// Scores by what each judged query chose before, a query at a time.
package struct HistoryLines: CandidateScores {
  private let judged: JudgedQueries
  private let scorer: any HistoryScores

  package init(_ scorer: any HistoryScores, for judged: JudgedQueries) {
    self.scorer = scorer
    self.judged = judged
  }

  package var tileWidth: Int { Matrix.padded(max(judged.candidateCount, 1)) }

  package func score(
    _ queries: Range<Int>, against tile: Range<Int>, into scores: UnsafeMutablePointer<Float>, stride: Int
  ) {
    for (row, query) in queries.enumerated() {
      scorer.score(
        judged.history(query), into: UnsafeMutableBufferPointer(start: scores + row * stride, count: tile.count))
    }
  }
}
