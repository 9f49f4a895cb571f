import Kernels
import TwoTower

/// The three products of a batch, each by itself, in the tiles of `SampledSoftmax`.
struct Products {
  private let queries: Matrix
  private let packedCandidates: PackedRows
  private let candidateColumns: PackedColumns
  private let queryColumns: PackedColumns
  private let band: AlignedFloats
  private let stride: Int
  private let queryTarget: Matrix
  private let candidateTarget: Matrix

  init(queries: Matrix, candidates: Matrix) {
    self.queries = queries
    packedCandidates = PackedRows(candidates)
    candidateColumns = PackedColumns(candidates)
    queryColumns = PackedColumns(queries)
    stride = SampledSoftmax.bandStride(candidates: candidates.rows)
    band = AlignedFloats(queries.rows * stride)
    queryTarget = Matrix(rows: queries.rows, columns: queries.columns)
    candidateTarget = Matrix(rows: candidates.rows, columns: candidates.columns)
  }

  private func blocks(_ rows: Int, _ size: Int) -> [Range<Int>] {
    Swift.stride(from: 0, to: rows, by: size).map { $0..<min($0 + size, rows) }
  }

  func scores() {
    for block in blocks(queries.rows, SampledSoftmax.tileRows) {
      unsafe Kernels.scores(
        of: block, in: queries, against: packedCandidates, tile: 0..<packedCandidates.rows,
        into: band.pointer + block.lowerBound * stride, stride: stride)
    }
  }

  func queryGradients() {
    for block in blocks(queries.rows, SampledSoftmax.tileRows) {
      for part in blocks(candidateColumns.rows, SampledSoftmax.bandDepth) {
        unsafe addWeighted(
          weights: band.pointer + block.lowerBound * stride + part.lowerBound, stride: stride, rows: block,
          of: queryTarget, source: candidateColumns, sourceRows: part)
      }
    }
  }

  func candidateGradients() {
    let scratch = AlignedFloats(uninitialised: SampledSoftmax.bandDepth * SampledSoftmax.bandColumns)
    for block in blocks(candidateTarget.rows, SampledSoftmax.bandColumns) {
      for part in blocks(queries.rows, SampledSoftmax.bandDepth) {
        unsafe addWeightedByColumns(
          weights: band.pointer + part.lowerBound * stride + block.lowerBound, stride: stride, rows: block,
          of: candidateTarget, source: queryColumns, sourceRows: part, scratch: scratch)
      }
    }
  }
}
