import CanonicalJSON
import Glibc
import Kernels
import SystemFiles
import TestKit
import Testing

@testable import Artifacts

@Suite struct WriterTests {
  @Test("no file is visible before publication; after it only the artifact is, read-only less the umask")
  func visibility() throws {
    let scratch = try Scratch()
    let writer = try ArtifactWriter(path: scratch.file("a.tandem"), type: .test)
    try writer.add("s", [1] as [UInt8])
    #expect(scratch.names.count == 1 && scratch.names[0].hasPrefix(".a.tandem.") && scratch.names[0].hasSuffix(".tmp"))
    try writer.publish(lineage: .none)
    #expect(scratch.names == ["a.tandem"])
    var status = stat()
    #expect(stat(scratch.file("a.tandem"), &status) == 0 && status.st_mode & 0o333 == 0 && status.st_mode & 0o400 != 0)
  }

  @Test("a writer that is dropped leaves no file")
  func dropped() throws {
    let scratch = try Scratch()
    do {
      let writer = try ArtifactWriter(path: scratch.file("a"), type: .test)
      try writer.add("s", [UInt8](repeating: 1, count: 100_000))
    }
    #expect(scratch.names.isEmpty)
  }

  @Test("publishing to an existing path is refused, and the existing file is unchanged")
  func taken() throws {
    let scratch = try Scratch()
    try scratch.write([1, 2, 3], to: "file")
    try Files.makeFolders(scratch.file("folder"))
    symlink("nowhere", scratch.file("link"))
    for name in ["file", "folder", "link"] {
      let error = systemError { try ArtifactWriter(path: scratch.file(name), type: .test).publish(lineage: .none) }
      #expect(error == .alreadyExists)
    }
    #expect(try Files.read(scratch.file("file")) == [1, 2, 3])
    #expect(scratch.names == ["file", "folder", "link"])
  }

  @Test("an error names the folder that does not exist")
  func noFolder() throws {
    let scratch = try Scratch()
    let error = #expect(throws: FileError.self) {
      try ArtifactWriter(path: scratch.file("no/such/a.tandem"), type: .test)
    }
    #expect(error?.description == "\(scratch.file("no/such/a.tandem")): open: no such file or folder")
  }

  @Test("non-finite numbers are refused with section and index, and the writer cannot publish afterwards")
  func notFinite() throws {
    let scratch = try Scratch()
    do {
      let writer = try ArtifactWriter(path: scratch.file("a"), type: .test)
      try writer.add("sound", [1] as [Float])
      let wanted = ArtifactError.malformed(part: "section \"loss\"", reason: .notFiniteValue(1))
      #expect(artifactError { try writer.add("loss", [0, .nan] as [Double], codec: .raw) } == wanted)
      #expect(artifactError { try writer.publish(lineage: .none) } == wanted)
    }
    #expect(scratch.names.isEmpty)
  }

  @Test("the writer refuses a header that readers refuse: too deep, too many sections, names too long")
  func unreadable() throws {
    let scratch = try Scratch()
    var deep: JSON = []
    for _ in 0..<20 { deep = [deep] }
    #expect(
      artifactError { try ArtifactWriter(path: scratch.file("a"), type: .test, schema: deep).publish(lineage: .none) }
        != nil)
    #expect(
      artifactError {
        let writer = try ArtifactWriter(path: scratch.file("a"), type: .test)
        try writer.add(String(repeating: "x", count: 256), [1] as [UInt8])
        try writer.publish(lineage: .none)
      } != nil)
    #expect(scratch.names.isEmpty)
  }

  @Test("a failed write, as on a full disk, is a one-line error with the file's path, and leaves no file")
  func diskFull() throws {
    let scratch = try Scratch()
    // A bound on the size of files stands for a full disk: 32 MiB, which no other test writes in one file.
    signal(SIGXFSZ, SIG_IGN)
    let fileSize = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
    var limit = rlimit()
    getrlimit(fileSize, &limit)
    let usual = limit
    limit.rlim_cur = 32 << 20
    setrlimit(fileSize, &limit)
    var restored = usual
    defer { setrlimit(fileSize, &restored) }
    do {
      let writer = try ArtifactWriter(path: scratch.file("a"), type: .test)
      let error = #expect(throws: FileError.self) {
        try writer.add("big", [UInt8](repeating: 1, count: 33 << 20), codec: .raw)
      }
      #expect(error?.description == "\(scratch.file("a")): write: file too large")
      #expect(throws: FileError.self) { try writer.publish(lineage: .none) }
    }
    #expect(throws: FileError.self) {
      try Files.publish([UInt8](repeating: 1, count: 33 << 20), to: scratch.file("b"), replacing: false)
    }
    #expect(scratch.names.isEmpty)
  }

  @Test("exactly one of several publishers that race for a path wins, and its file is complete")
  func race() async throws {
    let scratch = try Scratch()
    for round in 0..<20 {
      let path = scratch.file("a\(round)")
      let winners = await withTaskGroup(of: Int.self) { group in
        for contender in 0..<8 {
          group.addTask {
            let error = systemError {
              let writer = try ArtifactWriter(path: path, type: .test)
              try writer.add("s", [UInt32](repeating: UInt32(contender), count: 1000))
              try writer.publish(lineage: .none)
            }
            return error == nil ? 1 : error == .alreadyExists ? 0 : 100
          }
        }
        return await group.reduce(0, +)
      }
      #expect(winners == 1)
      try ArtifactFile(path: path, type: .test).verify()
    }
    #expect(scratch.names.count == 20)
  }
}

@Suite("Sections written in buffers")
struct StreamedSectionTests {
  @Test("have the same bytes as sections written at once", arguments: [Codec.raw, .zstd])
  func pieces(codec: Codec) throws {
    let scratch = try Scratch()
    let values = (0..<700_001).map { UInt32($0 % 1000 * ($0 / 4096 + 1)) }
    let whole = try ArtifactWriter(path: scratch.file("whole"), type: .test)
    try whole.add("s", values, codec: codec)
    try whole.publish(lineage: .none)
    for size in [1000, 262_144, 300_000] {
      let pieces = try ArtifactWriter(path: scratch.file("\(size)"), type: .test)
      try pieces.add("s", type: .u32, shape: [values.count], codec: codec) { put in
        for start in stride(from: 0, to: values.count, by: size) {
          try values[start..<min(start + size, values.count)].withUnsafeBytes { try put($0) }
        }
      }
      if codec == .raw {
        let mapped: SharedValues<UInt32> = try pieces.mapped("s")
        #expect(mapped.elementsEqual(values))
      }
      try pieces.publish(lineage: .none)
      #expect(try Files.read(scratch.file("\(size)")) == Files.read(scratch.file("whole")))
    }
  }

  @Test("report the index of a non-finite number within the section, and rethrow errors of their source")
  func failures() throws {
    struct Gone: Error {}
    let scratch = try Scratch()
    let writer = try ArtifactWriter(path: scratch.file("a"), type: .test)
    let error = artifactError {
      try writer.add("s", type: .f32, shape: [4], codec: .raw) { put in
        try ([1, 2] as [Float]).withUnsafeBytes { try put($0) }
        try ([3, .nan] as [Float]).withUnsafeBytes { try put($0) }
      }
    }
    #expect(error == .malformed(part: "section \"s\"", reason: .notFiniteValue(3)))
    let other = try ArtifactWriter(path: scratch.file("b"), type: .test)
    #expect(throws: FileError.self) { try other.add("s", type: .u8, shape: [1], codec: .raw) { _ in throw Gone() } }
    #expect(throws: FileError.self) { try other.publish(lineage: .none) }
    #expect(!scratch.names.contains("b"))
  }
}
