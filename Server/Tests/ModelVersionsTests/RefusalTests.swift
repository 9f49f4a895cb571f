import Foundation
import Glibc
import ModelVersions
import Testing

/// When a version that was refused is tried again.
@Suite struct RefusalTests {
  private func refused(_ error: any Error) async throws -> (Scratch, Watched, path: String) {
    let models = try Scratch()
    try models.place("a", "1")
    let path = try models.place("a", "2")
    let server = await Watched(models) { $0.openings.fail(path, error) }
    #expect(server.answer() == .version(1))
    #expect(server.registry.model("a")?.refused.map(\.number) == [2])
    return (models, server, path)
  }

  @Test func damageWaitsForAChange() async throws {
    let (_, server, path) = try await refused(Openings.Damage())
    server.openings.fail(path, nil)
    await server.look(200)
    #expect(server.openings.count(path) == 1)
    // Permissions count as well: they may be what was wrong.
    #expect(chmod(path, 0o640) == 0)
    await server.look()
    #expect(server.answer() == .version(2))
    #expect(server.registry.model("a")?.refused.isEmpty == true)
  }

  @Test func aFileThatIsReplacedIsTriedAtOnce() async throws {
    let (models, server, path) = try await refused(Openings.Damage())
    server.openings.fail(path, nil)
    try FileManager.default.copyItem(atPath: Scratch.servable, toPath: models.file("new"))
    #expect(rename(models.file("new"), path) == 0)
    await server.look()
    #expect(server.answer() == .version(2))
  }

  @Test func aFileThatIsStillBeingWrittenIsLeftAlone() async throws {
    let (_, server, path) = try await refused(Openings.Damage())
    server.openings.fail(path, nil)
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: Scratch.servable)))
    for count in [100, 200, 300] {
      try overwrite(path, with: Array(bytes[..<count]), isCut: true)
      await server.look()
    }
    try overwrite(path, with: bytes, isCut: true)
    await server.look()
    #expect(server.openings.count(path) == 1)
    await server.look()
    #expect(server.answer() == .version(2))
  }

  @Test(arguments: [EACCES, EMFILE, ENOMEM, EIO])
  func whatTheSystemRefusesIsTriedAgainAtEverLongerTimes(code: Int32) async throws {
    let (_, server, path) = try await refused(SystemError("servable", "open", code))
    _ = server.log.take()
    var tries: [Int] = []
    for look in 1...200 {
      let before = server.openings.count(path)
      await server.look()
      if server.openings.count(path) > before { tries.append(look) }
    }
    #expect(tries == [1, 3, 7, 15, 31, 63, 123, 183])
    #expect(server.log.take() == [], "the same refusal is said once")
    server.openings.fail(path, nil)
    await server.look(60)
    #expect(server.answer() == .version(2))
    #expect(server.log.take() == ["notice: a version is served model=a version=2"])
  }

  @Test func aFolderOfOneFileTriesAgainUnderTheSameNumber() async throws {
    let scratch = try Scratch()
    let path = try scratch.place("a", "1")
    let server = await Watched(scratch, file: path) { $0.openings.fail(path, SystemError(path, "open", EMFILE)) }
    #expect(!server.registry.isReady)
    server.openings.fail(path, nil)
    await server.look()
    #expect(server.answer() == .version(1))
  }

  @Test func theLongestWaitIsAboutAMinuteWhateverTheInterval() async throws {
    let models = try Scratch()
    let path = try models.place("a", "1")
    let server = await Watched(models, interval: .seconds(90)) {
      $0.openings.fail(path, SystemError(path, "open", EMFILE))
    }
    await server.look(5)
    #expect(server.openings.count(path) == 6)
  }

  @Test func systemErrorsAreDistinguishedFromDamage() throws {
    let scratch = try Scratch()
    func isOfTheSystem(_ path: String) throws -> Bool {
      let identity = try #require(try DiskFiles().identity(of: Scratch.servable))
      do {
        _ = try ServedVersion(number: 1, path: path, source: identity)
        return false
      } catch { return SystemError.isBehind(error) }
    }
    #expect(try isOfTheSystem(scratch.file("missing")))
    let damaged = try scratch.place("a", "1")
    try overwrite(damaged, with: Array(repeating: 1, count: 9_000))
    #expect(try !isOfTheSystem(damaged))
  }
}
