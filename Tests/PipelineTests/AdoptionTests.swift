import Foundation
import Testing

@Suite("Versions of another store")
struct AdoptionTests {
  private func workshop() throws -> Workshop {
    let workshop = try Workshop()
    try workshop.pipeline([("one", [:], "text: first"), ("two", ["a": "one.out"], ""), ("side", ["a": "one.out"], "")])
    return workshop
  }

  @Test("are taken if they are of the same key, so that a run here makes nothing")
  func adopted() throws {
    let (there, here) = (try workshop(), try workshop())
    #expect(try there.runner("pipeline.yaml").status == 0)
    let from = ["--from", "\(there.folder)/artifacts"]
    let taken = try here.runner("adopt", "pipeline.yaml", from[0], from[1])
    #expect(taken.status == 0 && taken.output.hasSuffix("a run makes nothing\n"), "\(taken.said)")
    #expect(taken.output.components(separatedBy: "adopted").count == 4)
    #expect(!FileManager.default.fileExists(atPath: "\(here.folder)/artifacts/one/latest"))
    #expect(try here.runner("pipeline.yaml").status == 0)
    #expect(try here.record().results == ["one": "hit", "two": "hit", "side": "hit"])
    let again = try here.runner("adopt", "pipeline.yaml", from[0], from[1])
    #expect(again.output.components(separatedBy: "present").count == 4, "\(again.output)")
    let other = try here.runner("adopt", "pipeline.yaml", from[0], from[1], "--set", "one.text=second")
    #expect(other.output.contains("param text first → second") && other.output.contains("open"), "\(other.output)")
    #expect(other.output.hasSuffix("a run makes one, two, side\n"))
  }

  @Test("are refused if a byte of them is damaged, and if there is no such store")
  func damaged() throws {
    let (there, here) = (try workshop(), try workshop())
    #expect(try there.runner("pipeline.yaml").status == 0)
    let path = "\(there.folder)/artifacts/two/latest/out.tandem"
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
    let file = try #require(FileHandle(forUpdatingAtPath: path))
    try file.seek(toOffset: 130)
    file.write(Data("?".utf8))
    try file.close()
    let refused = try here.runner("adopt", "pipeline.yaml", "--from", "\(there.folder)/artifacts")
    #expect(refused.status == 1 && refused.error.contains("/out.tandem cannot be taken: "), "\(refused.said)")
    #expect(here.list("artifacts/two").filter { $0.count == 12 }.isEmpty)
    let missing = try here.runner("adopt", "pipeline.yaml", "--from", "nowhere")
    #expect(missing.status == 1 && missing.error.contains("nowhere"), "\(missing.said)")
  }
}
