import Kernels
import TwoTower

/// Something that scores every candidate for a query.
package protocol CandidateScores: Sendable {
  /// Calls `body` for each query row with its scores, one for each candidate of the vocabulary in its order; valid
  /// only within the call.
  func withScores(of queries: [Int32], _ body: (_ place: Int, UnsafeBufferPointer<Float>) -> Void)
}

/// The dot products of a model's towers.
package struct TowerScores: CandidateScores {
  private let model: Model
  private let packed: PackedRows

  package init(_ model: Model) {
    self.model = model
    packed = PackedRows(model.candidates, rows: 1..<model.candidates.rows)
  }

  package func withScores(of queries: [Int32], _ body: (Int, UnsafeBufferPointer<Float>) -> Void) {
    let block = Matrix(rows: queries.count, columns: model.dimension)
    block.gather(model.queries, rows: queries)
    let buffer = AlignedFloats(uninitialised: queries.count * packed.paddedRows)
    scores(
      of: 0..<queries.count, in: block, against: packed, tile: 0..<packed.rows, into: buffer.pointer,
      stride: packed.paddedRows)
    for place in queries.indices {
      body(place, UnsafeBufferPointer(start: buffer.pointer + place * packed.paddedRows, count: packed.rows))
    }
  }
}

/// The baseline that every model has to beat: how often training saw the candidate, the same for everybody.
package struct PopularityScores: CandidateScores {
  private let counts: [Float]

  package init(trainCandidates: [Int32], candidateRows: Int) {
    var counts = [Float](repeating: 0, count: candidateRows - 1)
    for row in trainCandidates where row > 0 { counts[Int(row) - 1] += 1 }
    self.counts = counts
  }

  package func withScores(of queries: [Int32], _ body: (Int, UnsafeBufferPointer<Float>) -> Void) {
    counts.withUnsafeBufferPointer { for place in queries.indices { body(place, $0) } }
  }
}
