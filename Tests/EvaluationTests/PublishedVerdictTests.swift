import Artifacts
import CanonicalJSON
import TestKit
import Testing

@testable import Evaluation

@Suite("A published verdict")
struct PublishedVerdictTests {
  @Test("applies to its model and to refits of it, and to no other")
  func relation() throws {
    let scratch = try Scratch()
    func artifact(_ name: String, recipe: Digest? = nil) throws -> ArtifactFile {
      let writer = try ArtifactWriter(path: scratch.file(name), type: ArtifactType("test", version: 1), schema: [:])
      try writer.add("bytes", Array(name.utf8), codec: .raw)
      var lineage = Lineage.none
      lineage.inputs["recipe"] = recipe
      try writer.publish(lineage: lineage)
      return try ArtifactFile(path: scratch.file(name))
    }
    let judged = try artifact("judged")
    let verdict = PublishedVerdict(answer: .passed, statement: "", model: judged.digest.hexadecimal)
    #expect(verdict.relation(to: judged) == .same)
    let refit = try artifact("refit", recipe: judged.digest)
    #expect(verdict.relation(to: refit) == .refit)
    let stranger = try artifact("stranger")
    #expect(verdict.relation(to: stranger) == .other)
    let refitOfAnother = try artifact("another", recipe: stranger.digest)
    #expect(verdict.relation(to: refitOfAnother) == .other)
  }
}
