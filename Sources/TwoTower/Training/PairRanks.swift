package import Kernels
import ParallelLoops
import Tables

/// The ranks of each distinct pair of a batch, in the order of `batch.queries.partners`: how many candidates of the
/// whole vocabulary (row 0 is none) score strictly higher, and how many others score the same.
package struct PairRanks: Sendable {
  package let greater: [Int32]
  package let equal: [Int32]

  /// - Parameter queries: vectors of the batch's queries, if they are not rows of the model's.
  package init(model: Model, batch: Batch, queries vectors: Matrix? = nil, threads: Int) {
    let count = EmbeddingRow.vocabularyCount(rows: model.candidates.rows)
    let packed = PackedRows(model.candidates, rows: Int(EmbeddingRow.firstKnown.index)..<model.candidates.rows)
    let queries = Matrix(rows: batch.queries.rows.count, columns: model.dimension)
    if let vectors {
      for row in 0..<queries.rows { queries.copy(row: row, of: vectors, to: row) }
    } else {
      queries.gather(model.queries, rows: batch.queries.rows.map(\.index))
    }
    let higher = SharedBuffer<Int32>(repeating: 0, count: batch.queries.partners.count)
    let same = SharedBuffer<Int32>(repeating: 0, count: batch.queries.partners.count)
    let rows = 8
    parallel(blocks: (queries.rows + rows - 1) / rows, threads: threads) { block in
      let range = block * rows..<min((block + 1) * rows, queries.rows)
      let buffer = AlignedFloats(uninitialised: rows * packed.paddedRows)
      scores(of: range, in: queries, against: packed, tile: 0..<count, into: buffer, stride: packed.paddedRows)
      for query in range {
        let line = unsafe UnsafeBufferPointer(
          start: buffer.pointer + (query - range.lowerBound) * packed.paddedRows, count: count)
        for place in batch.queries.starts[query]..<batch.queries.starts[query + 1] {
          // An unknown candidate cannot be retrieved.
          guard let candidate: CandidateNumber = batch.candidates.rows[Int(batch.queries.partners[place])].number()
          else {
            higher[place] = .max
            continue
          }
          let above = unsafe countAbove(line[Int(candidate.value)], in: line)
          higher[place] = Int32(above.greater)
          same[place] = Int32(above.equal - 1)
        }
      }
    }
    greater = higher.array
    equal = same.array
  }
}
