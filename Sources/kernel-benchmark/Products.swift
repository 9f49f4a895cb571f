import Kernels
import TwoTower

/// The three products of a batch, each by itself, in the tiles of `SampledSoftmax`.
struct Products {
  private let queries: Matrix
  private let packedCandidates: PackedRows
  private let candidateColumns: PackedColumns
  private let band: PanelMatrix
  private let queryTarget: Matrix
  private let candidateTarget: PanelMatrix

  init(queries: Matrix, candidates: Matrix) {
    self.queries = queries
    packedCandidates = PackedRows(candidates)
    candidateColumns = PackedColumns(candidates)
    band = PanelMatrix(rows: queries.rows, columns: candidates.rows)
    queryTarget = Matrix(rows: SampledSoftmax.bandRows, columns: queries.columns)
    candidateTarget = PanelMatrix(rows: candidates.stride, columns: candidates.rows)
  }

  private func blocks(_ rows: Int, _ size: Int) -> [Range<Int>] {
    Swift.stride(from: 0, to: rows, by: size).map { $0..<min($0 + size, rows) }
  }

  func scores() {
    for block in blocks(queries.rows, SampledSoftmax.bandRows) {
      for tile in blocks(packedCandidates.rows, SampledSoftmax.bandTile) {
        Kernels.scores(of: block, in: queries, against: packedCandidates, tile: tile, into: band, at: block.lowerBound)
      }
    }
  }

  func queryGradients() {
    for block in blocks(queries.rows, SampledSoftmax.bandRows) {
      for tile in blocks(candidateColumns.rows, SampledSoftmax.bandTile) {
        addWeighted(weights: band, rows: block, to: queryTarget, source: candidateColumns, sourceRows: tile)
      }
    }
  }

  func candidateGradients() {
    for block in blocks(packedCandidates.rows, SampledSoftmax.bandColumns) {
      addWeighted(weights: band, columns: block, of: candidateTarget, source: queries, count: queries.rows)
    }
  }
}
