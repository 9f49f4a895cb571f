import Artifacts
import CandidateIndex
import Kernels
import SystemFiles
import Tables

/// The embeddings of one tower, row 0 out-of-vocabulary: in memory, or in a model's file, which is read part by part.
indirect enum EmbeddingTable: Sendable {
  case memory(Matrix)
  case file(ArtifactFile, section: Section, rows: MappedRows)
  /// The rows of a table, and for numbers below 0 the folded-in rows ~number.
  case merged(EmbeddingTable, folded: Matrix, rows: [Int32])

  /// The number of rows that are searched at once.
  private static let blockRows = 16_384

  init(_ section: String, of file: ArtifactFile, rows: Int, columns: Int) throws {
    let mapped = try MappedRows(section, in: file, rows: rows, columns: columns)
    guard let section = file.section(section) else {
      throw FileError(file.path, ArtifactError.missingSection(section))
    }
    self = .file(file, section: section, rows: mapped)
  }

  var columns: Int {
    switch self {
    case .memory(let matrix): matrix.columns
    case .file(_, let section, _): section.shape[1]
    case .merged(let table, _, _): table.columns
    }
  }

  func gather(_ rows: [Int]) -> Matrix {
    let gathered = Matrix(rows: rows.count, columns: columns)
    for (place, row) in rows.enumerated() { copy(row, to: gathered, row: place) }
    return gathered
  }

  private func copy(_ row: Int, to target: Matrix, row place: Int) {
    switch self {
    case .memory(let matrix): target.copy(row: row, of: matrix, to: place)
    case .file(_, _, let mapped): mapped.copy(row, to: target, row: place)
    case .merged(let table, let folded, let rows):
      let number = rows[row]
      if number >= 0 {
        table.copy(Int(number), to: target, row: place)
      } else {
        target.copy(row: Int(~number), of: folded, to: place)
      }
    }
  }

  func write(_ name: String, to writer: ArtifactWriter) throws {
    switch self {
    case .memory(let matrix):
      try writer.add(name, matrix.values, shape: [matrix.rows, matrix.columns], codec: .raw)
    case .file(let file, let section, _): try writer.copy(section.name, from: file, as: name)
    case .merged(_, _, let rows):
      let line = Matrix(rows: 1, columns: columns)
      try unsafe writer.add(name, type: .f32, shape: [rows.count, columns], codec: .raw) { put in
        for row in rows.indices {
          copy(row, to: line, row: 0)
          try unsafe line.row(0).withUnsafeBytes { try unsafe put($0) }
        }
      }
    }
  }

  /// Returns the best `k` of the known rows for each query, numbered from 0, as `ExactIndex` finds them.
  func search(_ queries: Matrix, k: Int) throws -> [[Neighbour]] {
    switch self {
    case .memory(let matrix):
      MatrixVectors(matrix, rows: Int(EmbeddingRow.firstKnown.index)..<matrix.rows).search(queries, k: k, threads: 1)
    case .file(let file, let section, _):
      try SectionVectors(section.name, of: file, from: Int(EmbeddingRow.firstKnown.index), blockRows: Self.blockRows)
        .search(queries, k: k, threads: 1)
    case .merged: preconditionFailure("candidates are never merged")
    }
  }
}
