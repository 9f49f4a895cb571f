import Artifacts
import CanonicalJSON
import Kernels
import SystemFiles
import TestKit
import Testing

@testable import CandidateIndex

@Suite("Precision of stored vectors")
struct PrecisionTests {
  private func settings(_ precision: VectorPrecision) -> ApproximateIndex.Settings {
    var settings = ApproximateIndex.Settings(leaves: 12)
    settings.iterations = 3
    settings.threads = 2
    settings.precision = precision
    settings.window = 3000
    return settings
  }

  @Test(
    "scores are those of the rounded vectors, from memory, from a file and from a streamed build",
    arguments: [(VectorPrecision.float32, 0), (.float16, 0x1p-11), (.int8, 1 / 254)] as [(VectorPrecision, Float)])
  func search(precision: VectorPrecision, error: Float) throws {
    let scratch = try Scratch()
    let matrix = Vectors.clustered(700, 11, seed: 1)
    let index = ApproximateIndex(matrix, rows: 0..<700, settings: settings(precision))
    let rounded = index.matrix()
    for row in 0..<700 {
      let largest = matrix.row(row).reduce(0) { max($0, $1.magnitude) }
      #expect(
        zip(matrix.row(row), rounded.row(row)).allSatisfy { abs($0 - $1) <= largest * error * 1.001 },
        "row \(row)")
    }
    #expect(precision == .float32 || rounded.values != matrix.values)
    #expect(index.bytesPerCandidate.vectors == Double(11 * precision.bytes + (precision == .int8 ? 4 : 0)))
    try index.publish(
      to: scratch.file("memory"), lineage: Lineage(stage: "index", stageVersion: 1))
    let writer = try ArtifactWriter(path: scratch.file("streamed"), type: IndexFile.type)
    let streamed = try ApproximateIndex(MatrixVectors(matrix), settings: settings(precision), into: writer)
    try writer.publish(lineage: Lineage(stage: "index", stageVersion: 1), schema: .object(streamed.schema))
    #expect(try Files.read(scratch.file("streamed")) == Files.read(scratch.file("memory")))
    let (exact, queries) = (ExactIndex(rounded), Vectors.clustered(6, 11, seed: 2))
    let (mapped, loaded) = (
      try IndexFile.open(path: scratch.file("memory")), try IndexFile.open(path: scratch.file("memory"), loaded: true)
    )
    let parameters = SearchParameters(reach: 1_000_000, reordered: 700)
    for row in 0..<6 {
      let query = queries.row(row)
      let wanted = exact.search(query, k: 30)
      #expect(index.search(query, k: 30, filter: nil, parameters: parameters) == wanted)
      #expect(streamed.search(query, k: 30, filter: nil, parameters: parameters) == wanted)
      let list = index.search(query, k: 30, filter: nil)
      #expect(mapped.search(query, k: 30, filter: nil) == list && loaded.search(query, k: 30, filter: nil) == list)
    }
  }

  @Test("a file whose precision is unknown or contradicts its schema is refused; the default is float32")
  func schema() throws {
    let scratch = try Scratch()
    let index = ApproximateIndex(Vectors.clustered(200, 4, seed: 3), rows: 0..<200, settings: settings(.float32))
    try index.publish(
      to: scratch.file("a"), lineage: Lineage(stage: "index", stageVersion: 1))
    let file = try ArtifactFile(path: scratch.file("a"))
    for precision in ["float16", "int8", "int4"] {
      var schema = file.header.schema.object ?? [:]
      schema["precision"] = JSON(precision)
      #expect(throws: FileError.self) { try IndexFile.open(file, schema: .object(schema)) }
    }
    var schema = file.header.schema.object ?? [:]
    schema["precision"] = nil
    #expect(try IndexFile.open(file, schema: .object(schema)).matrix().values == index.matrix().values)
  }
}
