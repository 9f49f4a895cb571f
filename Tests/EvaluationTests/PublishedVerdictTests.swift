import Artifacts
import CanonicalJSON
import TestKit
import Testing

@testable import Evaluation

@Suite("A published verdict")
struct PublishedVerdictTests {
  @Test("applies to its model, to refits of it and to both with more candidates, and to no other")
  func relation() throws {
    let scratch = try Scratch()
    func artifact(_ name: String, recipe: Digest? = nil, extends: [String: JSON]? = nil) throws -> ArtifactFile {
      let writer = try ArtifactWriter(
        path: scratch.file(name), type: ArtifactType("test", version: 1),
        schema: .object(extends.map { ["extends": .object($0)] } ?? [:]))
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
    let (own, other) = (JSON(judged.digest.hexadecimal), JSON(stranger.digest.hexadecimal))
    #expect(verdict.relation(to: try artifact("extended", extends: ["model": own])) == .extended)
    #expect(
      verdict.relation(to: try artifact("extended refit", extends: ["model": other, "recipe": own])) == .extended)
    #expect(verdict.relation(to: try artifact("extended stranger", extends: ["model": other])) == .other)
    let refitOfAnother = try artifact("another", recipe: stranger.digest)
    #expect(verdict.relation(to: refitOfAnother) == .other)
  }
}
