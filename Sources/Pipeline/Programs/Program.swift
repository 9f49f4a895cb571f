import Artifacts
import Glibc
import SystemFiles

/// An executable that keeps the stage contract, with its identity for cache keys.
package struct Program: Sendable, Hashable {
  package let path: String
  /// Digest of the sources that it was built from, or of the file and of its `depends`.
  package let identity: String

  package init(path: String, identity: String) {
    self.path = path
    self.identity = identity
  }

  /// A program that Tandem did not build: its own bytes, and the files it says it depends on.
  static func foreign(
    path: String, depends: [String], folder: String, digests: KnownDigests
  ) throws -> Program {
    var hasher = DigestHasher()
    hasher.update("program \(try digests.digest(of: path).digest.hexadecimal)\n")
    for name in depends.sorted() {
      let digest = try digests.digest(of: Files.path(name, in: folder)).digest
      hasher.update("\(name.utf8.count) \(name) \(digest.hexadecimal)\n")
    }
    return Program(path: path, identity: hasher.finish().hexadecimal)
  }
}

/// Programs of one folder, each with an identity.
package struct ProgramFolder: Sendable {
  static let tableName = "programs.json"

  package let path: String
  private let table: ProgramTable?

  package init(path: String) {
    self.path = path
    table = try? ProgramTable(reading: "\(path)/\(Self.tableName)")
  }

  /// Names of files that seem to be programs.
  package var names: [String] {
    table.map { $0.programs.keys.sorted() }
      ?? ((try? Files.list(path)) ?? []).filter { !$0.contains(".") && Host.isExecutable("\(path)/\($0)") }
  }

  /// The program of a name, if it is there.
  ///
  /// Its identity is that of its sources where a table says so of this very file, or of one with the same bytes; else it
  /// is the file's.
  func program(_ name: String, digests: KnownDigests) throws -> Program? {
    let file = "\(path)/\(name)"
    guard Files.exists(file), !Files.isFolder(file) else { return nil }
    if let entry = table?.programs[name] {
      let isBuilt = entry.file.map { $0 == FileStamp(file) } ?? false
      if try isBuilt || entry.digest == digests.digest(of: file).digest.hexadecimal {
        return Program(path: file, identity: entry.identity)
      }
    }
    return try Program.foreign(path: file, depends: [], folder: path, digests: digests)
  }
}
