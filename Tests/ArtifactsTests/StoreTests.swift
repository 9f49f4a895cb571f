import Foundation
import Synchronization
import Testing

@testable import Artifacts

@Suite("The store")
struct StoreTests {
  private let scratch: Scratch
  private let store: Store

  init() throws {
    scratch = try Scratch()
    store = Store(root: scratch.file("store"))
  }

  /// Publishes a version with one output.
  private func publish(_ version: String, floats: [Float] = [1]) throws {
    try Self.publish(version, floats: floats, in: store)
  }

  private static func publish(_ version: String, floats: [Float], in store: Store) throws {
    let staging = try store.makeStaging(stage: "train")
    let writer = try ArtifactWriter(path: "\(staging)/model.tandem", type: Scratch.type)
    try writer.add("floats", floats)
    try writer.publish(lineage: Lineage(stage: "train", stageVersion: 1))
    defer { Files.remove(staging) }
    try store.publish(staging: staging, stage: "train", version: version)
  }

  @Test("shows a version whole or not at all, and never changes one")
  func publishing() throws {
    #expect(store.versions(of: "train").isEmpty)
    #expect(store.latest(of: "train") == nil)
    let staging = try store.makeStaging(stage: "train")
    #expect(store.versions(of: "train").isEmpty)
    Files.remove(staging)
    try publish("v1")
    #expect(store.versions(of: "train") == ["v1"])
    #expect(store.outputs(stage: "train", version: "v1").keys.sorted() == ["model"])
    #expect(throws: FileError.self) { try publish("v1", floats: [2]) }
    #expect(try ArtifactFile(path: "\(store.root)/train/v1/model.tandem").read("floats") == [Float(1)])
    #expect(try FileManager.default.contentsOfDirectory(atPath: "\(store.root)/train") == ["v1"])
  }

  @Test("points at the latest version, and finds the newest where it points nowhere")
  func latest() throws {
    try publish("b")
    try publish("a")
    #expect(store.latest(of: "train") == "a")
    try store.setLatest("b", of: "train")
    #expect(store.latest(of: "train") == "b")
    try store.setLatest("a", of: "train")
    #expect(Files.linkTarget("\(store.root)/train/latest") == "a")
    #expect(throws: FileError.self) { try store.setLatest("never", of: "train") }
    unlink("\(store.root)/train/latest")
    symlink("../../elsewhere", "\(store.root)/train/latest")
    #expect(store.latest(of: "train") == "a")
    // The newest is broken: the newest sound one it is.
    try FileManager.default.removeItem(atPath: "\(store.root)/train/a/model.tandem")
    #expect(store.latest(of: "train") == "b")
  }

  @Test("lets exactly one of many publishers have a name")
  func race() throws {
    let wins = Mutex(0)
    DispatchQueue.concurrentPerform(iterations: 16) { [store] number in
      if (try? Self.publish("v", floats: [Float(number)], in: store)) != nil { wins.withLock { $0 += 1 } }
    }
    #expect(wins.withLock { $0 } == 1)
    #expect(try FileManager.default.contentsOfDirectory(atPath: "\(store.root)/train") == ["v"])
  }

  @Test("sweeps what killed processes left, and nothing of the living")
  func sweep() throws {
    try publish("v1")
    let alive = try store.makeStaging(stage: "train")
    store.sweep(olderThan: 0)
    #expect(Files.exists(alive))
    #expect(store.versions(of: "train") == ["v1"])
  }

  @Test("renames without replacing also where the file system has no call for it")
  func linking() throws {
    let (from, to) = (try scratch.write([1], to: "from"), try scratch.write([2], to: "to"))
    #expect(throws: ArtifactError.versionExists) { try Files.renameByLinking(from, to) }
    #expect(try scratch.bytes("to") == [2])
    unlink(to)
    try Files.renameByLinking(from, to)
    #expect(try scratch.bytes("to") == [1])
    #expect(!Files.exists(from))
  }
}

@Suite("The digest of raw data")
struct SourceDigestTests {
  @Test("knows names and bytes, however deep, and nothing else")
  func changes() throws {
    let scratch = try Scratch()
    func write(_ text: String, _ name: String) throws {
      let path = scratch.file("data/\(name)")
      try FileManager.default.createDirectory(
        atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
      try text.write(toFile: path, atomically: true, encoding: .utf8)
    }
    func digest() throws -> Digest { try SourceDigest.of(scratch.file("data")) }
    try write("one", "a")
    try write("two", "deep/b")
    let first = try digest()
    try write("one", "a")
    #expect(try digest() == first)
    var seen: Set = [first]
    try write("One", "a")
    #expect(try seen.insert(digest()).inserted)
    try write("one", "a")
    try write("", "c")
    #expect(try seen.insert(digest()).inserted)
    try FileManager.default.removeItem(atPath: scratch.file("data/c"))
    #expect(try digest() == first)
    try FileManager.default.moveItem(atPath: scratch.file("data/a"), toPath: scratch.file("data/d"))
    #expect(try seen.insert(digest()).inserted)
    #expect(try seen.insert(SourceDigest.of(scratch.file("data/d"))).inserted)
    #expect(throws: FileError.self) { try SourceDigest.of(scratch.file("nowhere")) }
  }
}
