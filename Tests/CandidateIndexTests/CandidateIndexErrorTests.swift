import Artifacts
import CanonicalJSON
import SystemFiles
import TestKit
import Testing

@testable import CandidateIndex

@Suite("Errors of an index")
struct CandidateIndexErrorTests {
  @Test(
    "state what was found, what was expected and the remedy",
    arguments: [
      (
        .unknown(part: "kind", found: "graph"),
        "schema: the index's kind \"graph\" is unknown to this build; update Tandem"
      ),
      (
        .similarity("cosine", searchable: ["inner-product"]),
        "schema: the index is by cosine; expected one by inner-product"
      ),
      (.schema("a count"), "schema: it does not describe an index: expected a count; make the file again"),
      (.missingSection("panels"), "section \"panels\" is missing; make the file again"),
      (
        .shape(section: "panels", found: [1, 2, 16], expected: [2, 2, 16]),
        "section \"panels\": its shape is [1, 2, 16]; expected [2, 2, 16]; make the file again"
      ),
      (
        .table(section: "vectors", found: "[3] of u32", expected: [-1, 8]),
        "section \"vectors\": it is [3] of u32; expected a table of 32-bit floats of shape [-1, 8], "
          + "-1 standing for any; make the file again"
      ),
      (
        .number(section: "groups", index: 1, found: 7, expected: "a multiple of 16"),
        "section \"groups\": number 1 is 7; expected a multiple of 16; make the file again"
      ),
      (.notFinite(section: "vectors", row: 4), "section \"vectors\": row 4 is not finite; make the file again"),
      (
        .otherCandidates(index: 3, model: 4),
        "the index has 3 candidates and the model 4; make the index from this model"
      ),
      (
        .otherDimension(index: 32, model: 16),
        "the index has 32 dimensions and the model 16; make the index from this model"
      ),
      (
        .otherModel(index: "ab12", model: "cd34"),
        "the index was made from model ab12, and this is cd34; make the index from this model"
      ),
    ] as [(CandidateIndexError, String)])
  func description(error: CandidateIndexError, text: String) { #expect("\(error)" == text) }

  /// What opening the index of a changed schema throws.
  private func error(_ change: (inout [String: JSON]) -> Void) throws -> CandidateIndexError? {
    let scratch = try Scratch()
    let index = ExactIndex(vectors: [1, 2, 3, 4], dimension: 2)
    var schema = index.schema
    change(&schema)
    let writer = try ArtifactWriter(path: scratch.file("index"), type: IndexFile.type, schema: .object(schema))
    try index.write(to: writer)
    try writer.publish(lineage: .none)
    do { _ = try IndexFile.open(path: scratch.file("index")) } catch let error as FileError {
      #expect(error.path == scratch.file("index"))
      return error.cause as? CandidateIndexError
    }
    return nil
  }

  @Test("name the sections that the schema declares and the file lacks")
  func schema() throws {
    #expect(try error { _ in } == nil)
    #expect(try error { $0["kind"] = "graph" } == .unknown(part: "kind", found: "graph"))
    #expect(try error { $0["similarity"] = "cosine" } == .similarity("cosine", searchable: ["inner-product"]))
    #expect(try error { $0["count"] = 17 } == .shape(section: "panels", found: [1, 2, 16], expected: [2, 2, 16]))
    #expect(try error { $0["dimension"] = 0 } == .schema("a count and a dimension of 1 to 65536"))
    #expect(try error { $0["prefilter"] = "int8" } == .missingSection("prefilter/codes"))
  }

  @Test("are thrown for an index whose candidates or dimensions differ from the model's")
  func model() {
    let index = ExactIndex(vectors: [1, 2, 3, 4], dimension: 2)
    #expect(throws: Never.self) { try index.require(candidates: 2, dimension: 2) }
    #expect(throws: CandidateIndexError.otherCandidates(index: 2, model: 3)) {
      try index.require(candidates: 3, dimension: 2)
    }
    #expect(throws: CandidateIndexError.otherDimension(index: 2, model: 4)) {
      try index.require(candidates: 2, dimension: 4)
    }
  }
}
