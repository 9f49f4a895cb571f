import Foundation
import Glibc
import ModelVersions
import Testing

/// Files that are written over while they are served.
@Suite struct RewritingTests {
  private func rewritten(loaded: Bool) async throws -> (Watched, path: String, bytes: [UInt8]) {
    let models = try Scratch()
    let path = try models.place("a", "1")
    let server = await Watched(models, loaded: loaded)
    _ = server.log.take()
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: Scratch.servable)))
    try overwrite(path, with: bytes)
    await server.look()
    return (server, path, bytes)
  }

  @Test func aMappedFileThatIsOverwrittenIsReported() async throws {
    let (server, path, bytes) = try await rewritten(loaded: false)
    let complaint =
      "\(path) was overwritten in place while it is served: answers may be wrong, and a file cut short ends the server "
      + "by SIGBUS; replace files by renaming, as \"serve publish\" does, or serve with --load"
    #expect(server.log.take() == ["error: \(complaint)"])
    #expect(server.openings.count(path) == 1, "somebody may be writing still")
    try overwrite(path, with: bytes)
    await server.look()
    #expect(server.log.take() == [])
    await server.look()
    #expect(server.openings.count(path) == 2)
    #expect(server.answer() == .version(1))
    await server.look()
    let said = server.log.take()
    #expect(said == ["notice: a version is served model=a version=1", "notice: no longer so: \(complaint)"])
  }

  @Test func aLoadedFileMayBeOverwritten() async throws {
    let (server, path, _) = try await rewritten(loaded: true)
    await server.look()
    #expect(server.openings.count(path) == 2)
    #expect(server.log.take() == ["notice: a version is served model=a version=1"])
  }

  @Test func permissionsOfAServedFileDoNotMatter() async throws {
    let models = try Scratch()
    let path = try models.place("a", "1")
    let server = await Watched(models)
    #expect(chmod(path, 0o440) == 0)
    await server.look(2)
    #expect(server.openings.count(path) == 1)
  }

  @Test func oneFileThatIsOverwrittenIsTheNextVersion() async throws {
    let scratch = try Scratch()
    let path = try scratch.place("a", "1")
    let server = await Watched(scratch, file: path)
    try overwrite(path, with: [UInt8](try Data(contentsOf: URL(filePath: path))))
    await server.look(2)
    #expect(server.versions() == [2, 1])
    #expect(server.log.take().contains { $0.contains("was overwritten in place") })
  }

  @Test func aVersionIsNotServedThatChangedWhileItWasRead() throws {
    let scratch = try Scratch()
    let path = try scratch.place("a", "1")
    let before = try #require(try DiskFiles().identity(of: path))
    try overwrite(path, with: [UInt8](try Data(contentsOf: URL(filePath: path))))
    #expect(throws: ModelVersionsError.self) { try ServedVersion(number: 1, path: path, source: before) }
  }
}
