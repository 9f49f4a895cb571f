import Artifacts
import CanonicalJSON
import Kernels
import SystemFiles
import TestKit
import Testing

@testable import CandidateIndex

@Suite("Indexes built from streamed vectors")
struct StreamedBuildTests {
  /// A matrix in blocks of so many rows, copied, so that what is kept of an earlier block is wrong.
  private struct Blocked: VectorSource {
    let matrix: Matrix
    var size = 48

    var count: Int { matrix.rows }
    var dimension: Int { matrix.columns }

    func blocks() -> Blocks { Blocks(matrix: matrix, copy: Matrix(rows: size, columns: matrix.columns)) }

    struct Blocks: VectorBlocks {
      let matrix: Matrix
      let copy: Matrix
      var first = 0

      mutating func next() -> VectorBlock? {
        let rows = min(copy.rows, matrix.rows - first)
        guard rows > 0 else { return nil }
        copy.gather(matrix, rows: (first..<first + rows).map { Int32($0) })
        defer { first += rows }
        return VectorBlock(copy, rows: 0..<rows, first: first)
      }
    }
  }

  private let lineage = Lineage(stage: "index", stageVersion: 1)

  private func settings(_ leaves: Int) -> ApproximateIndex.Settings {
    var settings = ApproximateIndex.Settings(leaves: leaves)
    settings.threads = 2
    settings.iterations = 3
    // Two or three readings for the vectors of the tests.
    settings.window = 16_000
    return settings
  }

  private func publish(
    _ path: String, _ body: (ArtifactWriter) throws -> [String: JSON]
  ) throws -> ArtifactFile {
    let writer = try ArtifactWriter(path: path, type: IndexFile.type)
    let schema = try body(writer)
    try writer.publish(lineage: lineage, schema: .object(schema))
    let file = try ArtifactFile(path: path, type: IndexFile.type)
    try file.verify()
    return file
  }

  @Test("have the same bytes as indexes built in memory; both leave non-finite vectors out")
  func approximate() throws {
    let scratch = try Scratch()
    let matrix = Vectors.clustered(1000, 9, seed: 1)
    for row in [0, 47, 48, 500, 999] { matrix.pointer(row: row)[row % 9] = row % 2 == 0 ? .nan : .infinity }
    let memory = ApproximateIndex(matrix, rows: 0..<1000, settings: settings(20))
    try memory.publish(to: scratch.file("memory"), lineage: lineage)
    var searched: ApproximateIndex?
    let file = try publish(scratch.file("streamed")) { writer in
      let index = try ApproximateIndex(Blocked(matrix: matrix), settings: settings(20), into: writer)
      searched = index
      return index.schema
    }
    #expect(try Files.read(scratch.file("streamed")) == Files.read(scratch.file("memory")))
    #expect(memory.absent == 5)
    let (index, mapped) = (try #require(searched), try IndexFile.open(file))
    let queries = Vectors.clustered(8, 9, seed: 2)
    for row in 0..<8 {
      let wanted = memory.search(queries.row(row), k: 20, filter: nil)
      #expect(index.search(queries.row(row), k: 20, filter: nil) == wanted)
      #expect(mapped.search(queries.row(row), k: 20, filter: nil) == wanted)
    }
  }

  @Test(
    "have the same sections as exact indexes built in memory",
    arguments: [(0, 3, true), (1, 3, false), (1000, 9, true)])
  func exact(count: Int, dimension: Int, prefiltered: Bool) throws {
    let scratch = try Scratch()
    let matrix = Vectors.clustered(count, dimension, seed: 3)
    try ExactIndex(matrix, prefiltered: prefiltered).publish(
      to: scratch.file("memory"), lineage: lineage)
    _ = try publish(scratch.file("streamed")) { writer in
      try ExactIndex.write(Blocked(matrix: matrix), prefiltered: prefiltered, to: writer, threads: 2)
    }
    #expect(try Files.read(scratch.file("streamed")) == Files.read(scratch.file("memory")))
  }

  @Test("the prefilter is left out if one block cannot have it")
  func noPrefilter() throws {
    let scratch = try Scratch()
    let matrix = Vectors.clustered(200, 4, seed: 4)
    matrix.pointer(row: 150)[2] = 1e38
    let file = try publish(scratch.file("streamed")) { writer in
      try ExactIndex.write(Blocked(matrix: matrix), prefiltered: true, to: writer, threads: 2)
    }
    #expect(try !ExactIndex(file).hasPrefilter && file.section("prefilter/codes") == nil)
  }

  @Test("searching a stream gives the results of an index, ties included", arguments: [1, 5, 700, 2000])
  func search(k: Int) throws {
    let matrix = Vectors.clustered(700, 6, seed: 5)
    for row in stride(from: 3, to: 700, by: 5) { matrix.gather(matrix, row, from: row % 40) }
    let queries = Vectors.clustered(12, 6, seed: 6)
    let found = Blocked(matrix: matrix).search(queries, k: k, threads: 2)
    #expect(found == ExactIndex(matrix).search(queries, k: k, threads: 2))
  }

  @Test(
    "sections of a file can be streamed under every codec, and wrong ones are refused", arguments: [Codec.raw, .zstd])
  func sections(codec: Codec) throws {
    let scratch = try Scratch()
    let matrix = Vectors.clustered(70_000, 5, seed: 7)
    let writer = try ArtifactWriter(path: scratch.file("a"), type: ArtifactType("model", version: 1))
    try writer.add("table", matrix.values, shape: [70_000, 5], codec: codec)
    try writer.add("numbers", [1, 2] as [UInt32], codec: codec)
    try writer.publish(lineage: lineage)
    let file = try ArtifactFile(path: scratch.file("a"))
    let source = try SectionVectors("table", of: file, from: 1)
    #expect(source.count == 69_999 && source.dimension == 5)
    let numbers = [0, 1, 65_534, 65_535, 65_536, 69_998]
    let rows = try source.gather(numbers)
    #expect(numbers.indices.allSatisfy { rows.row($0) == matrix.row(numbers[$0] + 1) })
    #expect(throws: FileError.self) { try SectionVectors("nothing", of: file) }
    #expect(throws: FileError.self) { try SectionVectors("numbers", of: file) }
    #expect(throws: FileError.self) { try SectionVectors("table", of: file, shape: [70_000, 6]) }
  }
}

extension Matrix {
  fileprivate func gather(_ source: Matrix, _ target: Int, from row: Int) {
    pointer(row: target).update(from: source.pointer(row: row), count: stride)
  }
}
