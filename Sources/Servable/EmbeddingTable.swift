import Artifacts
import CandidateIndex
import Kernels

/// The embeddings of one tower, row 0 for what is out of vocabulary: in memory, or in a model's file, of which memory holds
/// a part at a time.
enum EmbeddingTable: Sendable {
  case memory(Matrix)
  case file(ArtifactFile, section: Section, rows: MappedRows)

  /// Rows that are searched at once.
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
    }
  }

  func gather(_ rows: [Int]) -> Matrix {
    let gathered = Matrix(rows: rows.count, columns: columns)
    for (place, row) in rows.enumerated() {
      switch self {
      case .memory(let matrix): gathered.pointer(row: place).update(from: matrix.pointer(row: row), count: columns)
      case .file(_, _, let mapped): mapped.copy(row, to: gathered.pointer(row: place))
      }
    }
    return gathered
  }

  func write(_ name: String, to writer: ArtifactWriter) throws {
    switch self {
    case .memory(let matrix):
      try writer.add(name, matrix.values, shape: [matrix.rows, matrix.columns], codec: .raw)
    case .file(let file, let section, _): try writer.copy(section.name, from: file, as: name)
    }
  }

  /// The best `k` of rows 1 and above for each query, numbered from 0, as `ExactIndex` finds them.
  func search(_ queries: Matrix, k: Int) throws -> [[Neighbour]] {
    switch self {
    case .memory(let matrix):
      return ExactIndex(matrix, rows: 1..<matrix.rows, prefiltered: false).search(queries, k: k, threads: 1)
    case .file(let file, let section, _):
      var (lists, first) = ([[Neighbour]](repeating: [], count: queries.rows), 0)
      try file.forEachStoredPart(of: section, size: Self.blockRows * columns * 4) { part in
        let block = Matrix(rows: part.count / (4 * columns), columns: columns)
        for row in 0..<block.rows {
          let source = part.baseAddress.map { $0 + 4 * row * columns }
          source.map { UnsafeMutableRawPointer(block.pointer(row: row)).copyMemory(from: $0, byteCount: 4 * columns) }
        }
        let own = ExactIndex(block, rows: (first == 0 ? 1 : 0)..<block.rows, prefiltered: false)
        // Row 0 is no candidate, so candidate 0 is row 1.
        let offset = max(first - 1, 0)
        for (place, found) in own.search(queries, k: k, threads: 1).enumerated() {
          let all = lists[place] + found.map { Neighbour(candidate: offset + $0.candidate, score: $0.score) }
          // Stable by number: what was found before has the lower ones.
          lists[place] = Array(
            all.sorted { $0.score != $1.score ? $0.score > $1.score : $0.candidate < $1.candidate }.prefix(k))
        }
        first += block.rows
      }
      return lists
    }
  }
}
