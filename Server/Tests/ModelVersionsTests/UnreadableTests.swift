import Glibc
import ModelVersions
import Testing

/// Folders that are there and cannot be read change nothing, and are spoken of once.
@Suite struct UnreadableTests {
  private func served() async throws -> (Scratch, Watched) {
    let models = try Scratch()
    try models.place("a", "1")
    try models.place("a", "2")
    let server = await Watched(models)
    _ = server.log.take()
    return (models, server)
  }

  @Test(
    arguments: [("opendir", ""), ("stat", "/a"), ("opendir", "/a"), ("stat", "/a/2/servable.tandem")],
    [EACCES, EMFILE, EIO])
  func whatCannotBeReadForAWhileUnloadsNothing(call: (operation: String, name: String), code: Int32) async throws {
    let (models, server) = try await served()
    let path = models.path + call.name
    server.files.fail(call.operation, path, code)
    await server.look(3)
    #expect(server.versions() == [2, 1])
    let complaint = "\(SystemError(path, call.operation, code)); nothing that is served changes"
    #expect(server.log.take() == ["error: \(complaint)"])
    server.files.fail(call.operation, path, nil)
    await server.look(2)
    #expect(server.log.take() == ["notice: no longer so: \(complaint)"])
    #expect(server.versions() == [2, 1])
  }

  @Test func aComplaintThatChangesIsMadeAgain() async throws {
    let (models, server) = try await served()
    server.files.fail("opendir", models.path, EMFILE)
    await server.look(2)
    server.files.fail("opendir", models.path, EIO)
    await server.look(2)
    let said = server.log.take()
    #expect(said.count == 2)
    #expect(said.last?.contains("input/output error") == true)
  }

  @Test func aFolderOfModelsThatIsMissingUnloadsNothing() async throws {
    let (models, server) = try await served()
    server.files.fail("opendir", models.path, ENOENT)
    await server.look(2)
    #expect(server.answer() == .version(2))
    #expect(server.log.take().count == 1)
  }

  @Test func theOtherModelsAreStillLookedAt() async throws {
    let (models, server) = try await served()
    server.files.fail("opendir", models.file("a"), EACCES)
    try models.place("b", "1")
    await server.look()
    #expect(server.registry.answering == ["a", "b"])
  }

  @Test func aVersionThatCannotBeLookedAtIsRefusedUntilItCan() async throws {
    let (models, server) = try await served()
    let path = try models.place("a", "3")
    server.files.fail("stat", path, EACCES)
    await server.look()
    #expect(server.answer() == .version(2))
    #expect(server.registry.model("a")?.refused.map(\.reason) == ["\(path): stat failed: permission denied"])
    server.files.fail("stat", path, nil)
    await server.look()
    #expect(server.answer() == .version(3))
    #expect(server.registry.model("a")?.refused.isEmpty == true)
  }
}
