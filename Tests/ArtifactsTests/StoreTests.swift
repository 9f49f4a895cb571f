import Glibc
import TestKit
import Testing

@testable import Artifacts
@testable import SystemFiles

@Suite struct StoreTests {
  private let scratch: Scratch
  private let store: Store

  init() throws {
    scratch = try Scratch()
    store = Store(root: scratch.file("artifacts"))
  }

  private func publish(_ version: String, stage: String = "train", value: UInt8 = 1) throws {
    let staging = try store.makeStaging(stage: stage)
    let writer = try ArtifactWriter(path: "\(staging)/model.tandem", type: .test)
    try writer.add("s", [value])
    try writer.publish(lineage: .none)
    try store.publish(staging: staging, stage: stage, version: version)
  }

  @Test("a store that does not exist or is empty has no versions")
  func empty() throws {
    #expect(store.versions(of: "train").isEmpty && store.latest(of: "train") == nil)
    #expect(store.outputs(stage: "train", version: "x").isEmpty)
    store.sweep()
    #expect(!Files.exists(store.root))
  }

  @Test("a staging folder is invisible until it is published, whole and read-only")
  func staging() throws {
    let staging = try store.makeStaging(stage: "train")
    #expect(store.versions(of: "train").isEmpty)
    try Files.makeFolders("\(staging)/tree")
    // Another program than ours may write what it likes.
    for name in ["model.tandem", "tree/weights"] {
      let file = try FileDescriptor.open("\(staging)/\(name)", O_WRONLY | O_CREAT, mode: 0o755)
      try file.close()
    }
    try store.publish(staging: staging, stage: "train", version: "v1")
    #expect(store.versions(of: "train") == ["v1"] && !Files.exists(staging))
    #expect(store.outputs(stage: "train", version: "v1") == ["model": "\(store.root)/train/v1/model.tandem"])
    var status = stat()
    #expect(stat("\(store.root)/train/v1/tree/weights", &status) == 0 && status.st_mode & 0o777 == 0o555)
  }

  @Test("a version is published once: the second is refused and the first stays")
  func once() throws {
    try publish("v1", value: 1)
    #expect(systemError { try publish("v1", value: 2) } == .alreadyExists)
    let file = try ArtifactFile(path: try #require(store.outputs(stage: "train", version: "v1")["model"]))
    #expect(try file.read("s", as: UInt8.self) == [1])
  }

  @Test("a stage that wrote nothing, or a link, is not published")
  func refused() throws {
    let nothing = try store.makeStaging(stage: "train")
    #expect(artifactError { try store.publish(staging: nothing, stage: "train", version: "v1") } != nil)
    symlink("/etc/passwd", "\(nothing)/model.tandem")
    #expect(systemError { try store.publish(staging: nothing, stage: "train", version: "v1") } == .notARegularFile)
    #expect(store.versions(of: "train").isEmpty)
  }

  @Test("versions are listed in the order of publication")
  func order() throws {
    for version in ["c", "a", "b"] {
      try publish(version)
      usleep(20_000)
    }
    #expect(store.versions(of: "train") == ["c", "a", "b"])
  }

  @Test("latest is the version set last, which must be published")
  func latest() throws {
    try publish("v1")
    try publish("v2")
    for version in ["v1", "v2", "v1", "v1"] {
      try store.setLatest(version, of: "train")
      let current = try #require(store.current(of: "train"))
      #expect(current == (version, true) && store.latest(of: "train") == version)
      #expect(Files.exists("\(store.root)/train/latest/model.tandem"))
      #expect(resolved("\(store.root)/train/latest") == resolved("\(store.root)/train/\(version)"))
    }
    #expect(
      artifactError { try store.setLatest("v9", of: "train") }
        == .versionNotPublished("v9"))
    #expect(store.latest(of: "train") == "v1")
  }

  private func resolved(_ path: String) -> String? {
    guard let found = realpath(path, nil) else { return nil }
    defer { free(found) }
    return String(cString: found)
  }

  @Test("latest of several stages moves at once, and that of the others stays")
  func sets() async throws {
    let stages = ["split", "train", "index"]
    for stage in stages + ["other"] {
      for version in ["v1", "v2"] { try publish(version, stage: stage) }
    }
    try store.setLatest("v1", of: "other")
    try store.setLatest(["split": "v1", "train": "v1", "index": "v1"])
    let store = store
    await withTaskGroup(of: Void.self) { group in
      for version in ["v1", "v2"] {
        group.addTask {
          for _ in 0..<60 { try? store.setLatest(["split": version, "train": version, "index": version]) }
        }
      }
      group.addTask {
        for _ in 0..<60 { try? store.setLatest("v2", of: "other") }
      }
      group.addTask {
        for _ in 0..<300 {
          let set = resolved("\(store.root)/.latest") ?? ""
          #expect(Set(stages.map { Files.linkTarget("\(set)/\($0)").map { Files.name(of: $0) } }).count == 1)
          #expect(store.current(of: "train")?.isPointedAt == true)
        }
      }
    }
    #expect(Set(stages.map { store.latest(of: $0) }).count == 1 && store.latest(of: "other") == "v2")
  }

  @Test("links that name versions themselves are followed, and become part of the set at the next change")
  func takenOver() throws {
    for stage in ["split", "train"] {
      for version in ["v1", "v2"] { try publish(version, stage: stage) }
      symlink("v1", "\(store.root)/\(stage)/latest")
    }
    #expect(store.latest(of: "train") == "v1")
    try store.setLatest("v1", of: "train")
    #expect(!Files.exists("\(store.root)/.latest"), "nothing changed")
    try store.setLatest("v2", of: "train")
    #expect(store.latest(of: "train") == "v2" && store.latest(of: "split") == "v1")
    #expect(Files.linkTarget("\(store.root)/split/latest") == "../.latest/split")
    // A link made by hand counts.
    unlink("\(store.root)/split/latest")
    symlink("v2", "\(store.root)/split/latest")
    #expect(store.latest(of: "split") == "v2")
    try store.setLatest("v1", of: "train")
    #expect(store.latest(of: "split") == "v2" && store.latest(of: "train") == "v1")
  }

  @Test("old sets are removed an hour after, the current one never")
  func oldSets() throws {
    for version in ["v1", "v2"] { try publish(version) }
    for version in ["v1", "v2", "v1"] { try store.setLatest(version, of: "train") }
    #expect(try Files.list("\(store.root)/.sets") == ["1", "2", "3"])
    var times = [timespec](repeating: timespec(tv_sec: time(nil) - 4000, tv_nsec: 0), count: 2)
    for name in ["1", "3"] { utimensat(AT_FDCWD, "\(store.root)/.sets/\(name)", &times, 0) }
    store.sweepSets()
    #expect(try Files.list("\(store.root)/.sets") == ["2", "3"])
    #expect(store.latest(of: "train") == "v1")
  }

  @Test("a claim is one holder's until it lets go, also where the folder of claims is deleted")
  func claims() throws {
    let path = store.claimPath(stage: "train", key: "abc")
    let first = try #require(try Store.claim(path).lock)
    #expect(first.isHeld)
    first.note("run 7\n")
    let refused = try Store.claim(path)
    #expect(refused.lock == nil && refused.holder == "run 7")
    Store.release(first, path)
    #expect(!Files.exists(path))
    // The old lock is on a file that nobody finds any more.
    let second = try #require(try Store.claim(path).lock)
    Files.remove(Files.folder(of: path))
    let third = try #require(try Store.claim(path).lock)
    Store.release(second, path)
    #expect(try Store.claim(path).lock == nil, "what was let go was another file")
    withExtendedLifetime((first, third)) {}
  }

  @Test("if latest is missing, dangling or points outside the store, the newest sound version is used, with a warning")
  func guessed() throws {
    try publish("v1")
    usleep(20_000)
    try publish("v2")
    usleep(20_000)
    try Files.makeFolders("\(store.root)/train/v3")
    try Files.publish([1, 2, 3], to: "\(store.root)/train/v3/model.tandem", replacing: false)
    let link = "\(store.root)/train/latest"
    for target in [nil, "gone", "..", "../../..", "/etc", ".", ""] {
      unlink(link)
      if let target { symlink(target, link) }
      let current = try #require(store.current(of: "train"))
      #expect(current == ("v2", false))
    }
    unlink(link)
    mkdir(link, 0o755)
    #expect(store.latest(of: "train") == "v2")
  }

  @Test("versions and outputs that are links are ignored; a store may be a link")
  func links() throws {
    try publish("v1")
    try publish("w1", stage: "other")
    symlink("../other/w1", "\(store.root)/train/v2")
    symlink("../../other/w1/model.tandem", "\(store.root)/train/v1/copy.tandem")
    #expect(store.versions(of: "train") == ["v1"])
    #expect(Array(store.outputs(stage: "train", version: "v1").keys) == ["model"])
    symlink(store.root, scratch.file("linked"))
    #expect(Store(root: scratch.file("linked")).latest(of: "train") == "v1")
  }

  @Test("exactly one of several publishers that race for a version wins")
  func race() async throws {
    for round in 0..<10 {
      let winners = await withTaskGroup(of: Int.self) { group in
        for contender in 0..<8 {
          group.addTask {
            let error = systemError { try publish("v\(round)", value: UInt8(contender)) }
            return error == nil ? 1 : error == .alreadyExists ? 0 : 100
          }
        }
        return await group.reduce(0, +)
      }
      #expect(winners == 1)
    }
    #expect(store.versions(of: "train").count == 10)
  }

  @Test("sweeping removes files of dead processes anywhere in the store, and nothing else")
  func sweep() throws {
    try publish("v1")
    let alive = try store.makeStaging(stage: "train")
    let dead = ".staging.\(ProcessIdentity.thisHost).2147483647.5.1.tmp"
    for folder in [store.root, "\(store.root)/train", "\(store.root)/train/v1"] {
      try Files.makeFolders("\(folder)/\(dead)/deep")
      try Files.publish([1], to: "\(folder)/\(dead)/deep/file", replacing: false)
    }
    store.sweep()
    #expect(Files.exists("\(store.root)/train/\(dead)"), "not an hour old")
    store.sweep(olderThan: 0)
    for folder in [store.root, "\(store.root)/train", "\(store.root)/train/v1"] {
      #expect(!Files.exists("\(folder)/\(dead)"))
    }
    #expect(Files.exists(alive) && store.outputs(stage: "train", version: "v1").count == 1)
  }
}

@Suite struct SourceDigestTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    try Files.makeFolders(scratch.file("data/deep"))
    try scratch.write([1, 2, 3], to: "data/a")
    try scratch.write([4], to: "data/deep/b")
  }

  private func digest() throws -> Digest { try SourceDigest.of(scratch.file("data")) }

  @Test("the digest depends on names and bytes: a change, a rename, a move, a file more, a file less")
  func changes() throws {
    let first = try digest()
    var digests: Set<Digest> = [first]
    func expectNew() throws { #expect(digests.insert(try digest()).inserted) }
    try scratch.write([1, 2, 4], to: "data/a")
    try expectNew()
    try scratch.write([1, 2, 3], to: "data/c")
    try expectNew()
    unlink(scratch.file("data/a"))
    try expectNew()
    rename(scratch.file("data/deep/b"), scratch.file("data/b"))
    try expectNew()
    unlink(scratch.file("data/b"))
    unlink(scratch.file("data/c"))
    try expectNew()
    try scratch.write([1, 2, 3], to: "data/a")
    try scratch.write([4], to: "data/deep/b")
    #expect(try digest() == first, "the same again is the same")
  }

  @Test("the digest ignores times, permissions, empty folders and location; a link counts as its target")
  func indifferent() throws {
    let first = try digest()
    var times = [timespec](repeating: timespec(tv_sec: 1, tv_nsec: 0), count: 2)
    utimensat(AT_FDCWD, scratch.file("data/a"), &times, 0)
    chmod(scratch.file("data/a"), 0o600)
    try Files.makeFolders(scratch.file("data/empty"))
    #expect(try digest() == first)
    rename(scratch.file("data"), scratch.file("elsewhere"))
    symlink("elsewhere", scratch.file("data"))
    #expect(try digest() == first && SourceDigest.of(scratch.file("elsewhere")) == first)
    rename(scratch.file("data/a"), scratch.file("outside"))
    symlink(scratch.file("outside"), scratch.file("data/a"))
    #expect(try digest() == first)
  }

  @Test("the digest changes if bytes move from one file to the next, or a file replaces a folder")
  func borders() throws {
    try scratch.write(Array("ab".utf8), to: "data/a")
    try scratch.write(Array("c".utf8), to: "data/deep/b")
    let first = try digest()
    try scratch.write(Array("a".utf8), to: "data/a")
    try scratch.write(Array("bc".utf8), to: "data/deep/b")
    #expect(try digest() != first)
    try Files.makeFolders(scratch.file("folder"))
    try scratch.write([7], to: "folder/file")
    try scratch.write([7], to: "file")
    #expect(try SourceDigest.of(scratch.file("folder")) != SourceDigest.of(scratch.file("file")))
  }

  @Test(
    "unreadable sources are refused by name: missing, a FIFO inside, a name that is not UTF-8, a cycle of links")
  func refused() throws {
    #expect(
      systemError { _ = try SourceDigest.of(scratch.file("missing")) } == .system(operation: "open", code: ENOENT))
    mkfifo(scratch.file("data/fifo"), 0o600)
    #expect(systemError { _ = try digest() } == .notARegularFile)
    unlink(scratch.file("data/fifo"))
    let name = scratch.file("data/").utf8CString.dropLast() + [-1, 0]
    close(open(Array(name), O_CREAT | O_WRONLY, 0o600))
    #expect(systemError { _ = try digest() } == .nameIsNotText)
    unlink(Array(name))
    symlink(".", scratch.file("data/ring"))
    #expect(artifactError { _ = try digest() } == .nestedTooDeeply)
  }
}
