import ModelVersions
import Testing

/// The models that answer, and whether the server does.
@Suite struct ReadinessTests {
  @Test func aBrokenModelDoesNotTakeTheOthersAway() async throws {
    let models = try Scratch()
    try models.place("a", "1")
    let broken = try models.place("b", "1")
    let server = await Watched(models) { $0.openings.fail(broken, Openings.Damage()) }
    #expect(server.registry.isReady)
    #expect(server.registry.names == ["a", "b"])
    #expect(server.registry.answering == ["a"])
    #expect(server.registry.model("a")?.notReadyReason == nil)
    #expect(server.registry.model("b")?.isReady == false)
    #expect(
      server.registry.model("b")?.notReadyReason == "version 1 is refused (it is damaged); publish another")
    #expect(server.answer(of: "b") == .absence(.noModel("b")))
  }

  @Test func withoutAnyVersionNothingIsReady() async throws {
    let models = try Scratch()
    let server = await Watched(models)
    #expect(!server.registry.isReady)
    #expect(server.registry.answering.isEmpty)
    try models.place("a", "1")
    await server.look()
    #expect(server.registry.isReady)
  }

  @Test func theNewestVersionsAnswer() async throws {
    let models = try Scratch()
    for number in 1...4 { try models.place("a", "\(number)") }
    let server = await Watched(models, keep: 2)
    #expect(server.versions() == [4, 3])
    #expect(server.answer() == .version(4))
    #expect(server.answer(.number(3)) == .version(3))
    #expect(server.answer(.number(2)) == .absence(.noVersion(model: "a", version: 2)))
  }

  @Test func aModelThatIsRemovedIsGone() async throws {
    let models = try Scratch()
    try models.place("a", "1")
    try models.place("b", "1")
    let server = await Watched(models)
    try models.remove("b")
    await server.look()
    #expect(server.registry.names == ["a"])
    try models.remove("a/1")
    await server.look()
    #expect(server.versions() == [])
    #expect(server.registry.model("a")?.notReadyReason == "it has no versions; publish one")
  }
}
