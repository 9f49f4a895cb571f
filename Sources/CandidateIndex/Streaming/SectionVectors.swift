package import Artifacts
import Kernels
import SystemFiles

/// Rows of a float section of an artifact, such as the embeddings of a model, streamed from the file.
package struct SectionVectors: VectorSource {
  private let file: ArtifactFile
  private let name: String
  private let skipped: Int
  /// The number of rows in memory at once.
  private let blockRows: Int
  package let count: Int
  package let dimension: Int

  /// - Parameters:
  ///   - name: the name of a section of 32-bit floats, row after row.
  ///   - shape: the expected numbers of rows and columns; -1 stands for any.
  ///   - first: the first row that is a vector.
  ///   - blockRows: the number of rows in memory at once, a multiple of 16.
  /// - Throws: `FileError` if there is no such section. Each reading verifies its checksum.
  package init(
    _ name: String, of file: ArtifactFile, shape: [Int] = [-1, -1], from first: Int = 0, blockRows: Int = 65_536
  ) throws {
    (count, dimension) = try naming(file.path) {
      guard let section = file.section(name) else { throw CandidateIndexError.missingSection(name) }
      guard section.type == .f32, section.shape.count == 2, 1...65_536 ~= section.shape[1], section.shape[0] >= first,
        zip(section.shape, shape).allSatisfy({ $1 == -1 || $0 == $1 })
      else {
        throw CandidateIndexError.table(
          section: name, found: "\(section.shape) of \(section.type)", expected: shape)
      }
      return (section.shape[0] - first, section.shape[1])
    }
    self.file = file
    self.name = name
    skipped = first
    self.blockRows = blockRows
  }

  package func blocks() throws -> Blocks {
    var stream = try SectionStream<Float>(name, of: file, shape: [skipped + count, dimension])
    var skipped: [Float] = []
    try stream.next(self.skipped * dimension, into: &skipped)
    return Blocks(
      source: self, stream: stream, matrix: Matrix(rows: min(blockRows, max(count, 1)), columns: dimension))
  }

  /// The vectors of the section, block by block.
  package struct Blocks: VectorBlocks {
    fileprivate let source: SectionVectors
    fileprivate var stream: SectionStream<Float>
    fileprivate let matrix: Matrix
    fileprivate var values: [Float] = []
    fileprivate var first = 0

    /// - Throws: `FileError` that names the row, if one is not finite, which no writer of artifacts allows.
    package mutating func next() throws -> VectorBlock? {
      let (columns, rows) = (source.dimension, min(source.blockRows, source.count - first))
      guard rows > 0 else { return nil }
      values.removeAll(keepingCapacity: true)
      try stream.next(rows * columns, into: &values)
      unsafe values.withUnsafeBufferPointer { values in
        guard let start = values.baseAddress else { return }
        for row in 0..<rows { unsafe matrix.pointer(row: row).update(from: start + row * columns, count: columns) }
      }
      for row in 0..<rows where !matrix.isFinite(row: row) {
        throw FileError(
          source.file.path,
          CandidateIndexError.notFinite(section: source.name, row: source.skipped + first + row))
      }
      defer { first += rows }
      return VectorBlock(matrix, rows: 0..<rows, first: first)
    }
  }
}
