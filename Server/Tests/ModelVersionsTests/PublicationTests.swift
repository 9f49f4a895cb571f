import Foundation
import Glibc
import ModelVersions
import Servable
import Testing

@Suite struct PublicationTests {
  private func publish(_ scratch: Scratch, _ file: String = Scratch.servable, version: Int? = nil) throws -> Int {
    try Publication.publish(file, models: scratch.file("models"), name: ModelName("a"), version: version)
  }

  @Test func versionsAreCountedFromTheGreatest() throws {
    let scratch = try Scratch()
    #expect(try publish(scratch) == 1)
    #expect(try publish(scratch) == 2)
    #expect(try publish(scratch, version: 7) == 7)
    try scratch.place("models/a", "0010")
    #expect(try publish(scratch) == 11)
    #expect(try publish(scratch, version: 0) == 0)
    #expect(try scratch.names("models/a") == ["0", "0010", "1", "11", "2", "7"])
    #expect(try scratch.names("models/a/7") == ["servable.tandem"])
    let copied = try Data(contentsOf: URL(filePath: scratch.file("models/a/7/servable.tandem")))
    #expect(try copied == Data(contentsOf: URL(filePath: Scratch.servable)))
  }

  @Test func aPublishedFileIsReadOnly() throws {
    let scratch = try Scratch()
    _ = try publish(scratch)
    var status = stat()
    #expect(stat(scratch.file("models/a/1/servable.tandem"), &status) == 0)
    #expect(status.st_mode & 0o222 == 0)
  }

  @Test func aVersionIsNeverOverwritten() throws {
    let scratch = try Scratch()
    try scratch.place("models/a", "03")
    #expect(throws: ModelVersionsError.exists(scratch.file("models/a/03"))) { try publish(scratch, version: 3) }
    #expect(throws: ModelVersionsError.negative(-1)) { try publish(scratch, version: -1) }
    #expect(
      "\(ModelVersionsError.exists("a/3"))"
        == "a/3: it is there, and served files are never overwritten; publish under another number")
  }

  @Test func existingVersionsAreNotPublished() throws {
    let scratch = try Scratch()
    let served = try scratch.place("models/a", "3")
    #expect(throws: ModelVersionsError.isVersion(served, version: 3)) { try publish(scratch, served) }
    #expect(symlink(served, scratch.file("link")) == 0)
    #expect(throws: ModelVersionsError.isVersion(scratch.file("link"), version: 3)) {
      try publish(scratch, scratch.file("link"), version: 4)
    }
    // To another model it may go.
    let other = try Publication.publish(served, models: scratch.file("models"), name: ModelName("b"))
    #expect(other == 1)
  }

  @Test func noVersionFollowsTheGreatest() throws {
    let scratch = try Scratch()
    try scratch.place("models/a", "\(Int.max)")
    #expect(throws: ModelVersionsError.noNumberLeft(model: scratch.file("models/a"))) { try publish(scratch) }
    #expect(try publish(scratch, version: 5) == 5)
  }

  @Test func aFailedPublicationLeavesNothing() throws {
    let scratch = try Scratch()
    let damaged = try scratch.place("a", "1")
    try overwrite(damaged, with: Array(repeating: 1, count: 9_000))
    #expect(throws: (any Error).self) { try publish(scratch, damaged) }
    #expect(throws: SystemError(scratch.file("missing"), "stat", ENOENT)) {
      try publish(scratch, scratch.file("missing"))
    }
    #expect(throws: ModelVersionsError.notAFile(scratch.path)) { try publish(scratch, scratch.path) }
    #expect(try scratch.names("") == ["a"])
  }

  @Test func foldersAreMadeWhereTheyCanBe() throws {
    let scratch = try Scratch()
    let made = try Publication.publish(Scratch.servable, models: scratch.file("x/y//z/"), name: ModelName("a"))
    #expect(made == 1)
    #expect(try scratch.names("x/y/z/a") == ["1"])
    #expect(throws: SystemError("/proc/none", "mkdir", ENOENT)) {
      try Publication.publish(Scratch.servable, models: "/proc/none", name: ModelName("a"))
    }
  }

  @Test func aFileInTheWayIsNamedInOneLine() throws {
    let scratch = try Scratch()
    try Data().write(to: URL(filePath: scratch.file("models")))
    #expect(throws: SystemError(scratch.file("models/a"), "mkdir", ENOTDIR)) { try publish(scratch) }
    #expect(
      "\(SystemError("models/a/1", "write", ENOSPC))" == "models/a/1: write failed: no space left on the disk")
  }

  @Test func foldersOfKilledPublishersAreRemovedAndOthersAreKept() throws {
    let scratch = try Scratch()
    try scratch.place("models/a", ".publish-1-2")
    try scratch.place("models/a", ".publish-3-4")
    let held = open(scratch.file("models/a/.publish-3-4"), O_RDONLY | O_DIRECTORY)
    #expect(held >= 0 && flock(held, LOCK_EX | LOCK_NB) == 0)
    #expect(try publish(scratch) == 1)
    #expect(try scratch.names("models/a") == [".publish-3-4", "1"])
    close(held)
    #expect(try publish(scratch) == 2)
    #expect(try scratch.names("models/a") == ["1", "2"])
  }

  @Test func publishersAtOnceTakeOneNumberEach() async throws {
    let scratch = try Scratch()
    let numbers = try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<8 { group.addTask { try publish(scratch) } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(numbers.sorted() == Array(1...8))
    #expect(try scratch.names("models/a") == (1...8).map { "\($0)" })
  }
}
