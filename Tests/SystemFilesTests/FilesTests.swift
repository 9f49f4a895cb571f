import Glibc
import TestKit
import Testing

@testable import SystemFiles

@Suite struct FilesTests {
  @Test("without rename-without-replacing, hard links keep existing files and folders from being replaced")
  func renameByLinking() throws {
    let scratch = try Scratch()
    try scratch.write([1], to: "old")
    try scratch.write([2], to: "new")
    #expect(systemError { try Files.renameByLinking(scratch.file("new"), scratch.file("old")) } == .alreadyExists)
    #expect(try Files.read(scratch.file("old")) == [1] && Files.read(scratch.file("new")) == [2])
    try Files.renameByLinking(scratch.file("new"), scratch.file("third"))
    #expect(scratch.names == ["old", "third"])
    try Files.makeFolders(scratch.file("full/inside"))
    try Files.makeFolders(scratch.file("draft/inside"))
    for name in ["full", "old"] {
      #expect(systemError { try Files.renameByLinking(scratch.file("draft"), scratch.file(name)) } == .alreadyExists)
    }
    try Files.renameByLinking(scratch.file("draft"), scratch.file("version"))
    #expect(Files.isFolder(scratch.file("version/inside")) && !Files.exists(scratch.file("draft")))
  }

  @Test("small contents replace the old ones completely or not at all")
  func publishing() throws {
    let scratch = try Scratch()
    try Files.publish([1, 2], to: scratch.file("a"), replacing: false)
    #expect(systemError { try Files.publish([3], to: scratch.file("a"), replacing: false) } == .alreadyExists)
    #expect(try Files.read(scratch.file("a")) == [1, 2])
    try Files.publish([3], to: scratch.file("a"), replacing: true, mode: 0o644)
    #expect(try Files.read(scratch.file("a")) == [3] && scratch.names == ["a"])
  }

  @Test("reading is bounded, and files that report no size are read to their end")
  func reading() throws {
    let scratch = try Scratch()
    let bytes = (0..<600_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
    try scratch.write(bytes, to: "a")
    #expect(try Files.read(scratch.file("a"), limit: 600_000) == bytes)
    #expect(
      systemError { _ = try Files.read(scratch.file("a"), limit: 599_999) }
        == .tooLarge(size: 600_000, limit: 599_999))
    #expect(try !Files.read("/proc/self/stat").isEmpty)
    #expect(systemError { _ = try Files.read(scratch.path) } == .notARegularFile)
  }

  @Test("paths are split into folder and name")
  func paths() {
    #expect(Files.folder(of: "a/b/c") == "a/b" && Files.folder(of: "/a") == "/" && Files.folder(of: "a") == ".")
    #expect(Files.name(of: "a/b.tandem") == "b.tandem" && Files.name(of: "b") == "b" && Files.name(of: "a/b/") == "b")
  }

  @Test("folders are created with their parents; an error names a file in the way")
  func folders() throws {
    let scratch = try Scratch()
    try Files.makeFolders(scratch.file("a/b/c"))
    try Files.makeFolders(scratch.file("a/b/c"))
    try scratch.write([], to: "file")
    #expect(
      systemError { try Files.makeFolders(scratch.file("file")) }
        == .system(operation: "create the folder", code: EEXIST))
    #expect(systemError { try Files.makeFolders(scratch.file("file/below")) } != nil)
  }

  @Test("a temporary's name has its owner; sweeping removes only those of dead processes")
  func temporaries() throws {
    let scratch = try Scratch()
    let mine = TemporaryName(for: "model.tandem")
    #expect(TemporaryName(parsing: mine.text) == mine && mine.owner.state == .alive && mine.owner.start > 0)
    #expect(TemporaryName(for: String(repeating: "x", count: 255)).text.utf8.count <= 255)
    let host = ProcessIdentity.thisHost
    let dead = ".a.\(host).2147483647.5.1.tmp"
    let reused = ".a.\(host).\(getpid()).\(mine.owner.start + 1).1.tmp"
    let elsewhere = ".a.another-host.2147483647.5.1.tmp"
    #expect([dead, reused].allSatisfy { TemporaryName(parsing: $0)?.owner.state == .gone })
    let others = [
      ".a.tmp", "a.\(host).2147483647.5.1.tmp", ".a.\(host).0.5.1.tmp", ".a.\(host).x.5.1.tmp", ".gitignore",
    ]
    for name in [mine.text, dead, reused, elsewhere] + others { try scratch.write([], to: name) }

    Files.sweepTemporaries(in: scratch.path)
    #expect(scratch.names.count == 9, "nothing is an hour old")
    age(scratch, by: 2 * 3600)
    Files.sweepTemporaries(in: scratch.path)
    #expect(Set(scratch.names) == Set([mine.text, elsewhere] + others))
    age(scratch, by: 8 * 86_400)
    Files.sweepTemporaries(in: scratch.path)
    #expect(Set(scratch.names) == Set([mine.text] + others))
  }

  private func age(_ scratch: Scratch, by seconds: Int) {
    var times = [timespec](repeating: timespec(tv_sec: time(nil) - seconds, tv_nsec: 0), count: 2)
    for name in scratch.names { utimensat(AT_FDCWD, scratch.file(name), &times, 0) }
  }
}
