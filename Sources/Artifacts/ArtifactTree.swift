import CanonicalJSON
import SystemFiles

/// A tree of files of another program's format, as an artifact of type `directory`: a manifest that has each file's
/// path, size and digest, beside a folder of the manifest's name without `.tandem`.
package enum ArtifactTree {
  package static let type = ArtifactType("directory", version: 1)

  /// A file of a tree.
  package struct Entry: Equatable, Sendable {
    /// The path within the tree.
    package let path: String
    package let size: Int
    package let digest: Digest
  }

  /// The folder of a manifest.
  package static func folder(ofManifest path: String) -> String {
    path.hasSuffix(".tandem") ? String(path.dropLast(".tandem".count)) : "\(path).files"
  }

  /// Publishes a tree that lies beside it under a temporary name, and then its manifest.
  ///
  /// - Parameter draft: on the same file system; is moved.
  package static func publish(draft: String, manifest path: String, lineage: Lineage, summary: Summary) throws {
    let entries = try entries(of: draft)
    let folder = folder(ofManifest: path)
    try naming(folder) { try Files.renameWithoutReplacing(draft, folder) }
    do {
      let writer = try ArtifactWriter(path: path, type: type)
      try writer.publish(
        lineage: lineage,
        summary: Summary(
          summary.items + [
            .table(
              title: "files", columns: ["path", "bytes"], rows: entries.map { [$0.path, "\($0.size)"] })
          ], highlights: summary.highlights),
        schema: [
          "files": .array(
            entries.map {
              ["path": JSON($0.path), "bytes": .integer(Int64($0.size)), "sha256": JSON($0.digest.hexadecimal)]
            })
        ])
    } catch {
      Files.remove(folder)
      throw error
    }
  }

  /// All files of a tree, by their paths, read whole.
  private static func entries(of folder: String) throws -> [Entry] {
    try paths(of: folder).map { path in
      let file = "\(folder)/\(path)"
      return Entry(path: path, size: Files.size(file), digest: try Digest.ofFile(file))
    }
  }

  private static func paths(of folder: String) throws -> [String] {
    try Files.list(folder).flatMap { name -> [String] in
      let path = "\(folder)/\(name)"
      if Files.isLink(path) { throw FileError(path, SystemError.notARegularFile) }
      return Files.isFolder(path) ? try paths(of: path).map { "\(name)/\($0)" } : [name]
    }
  }

  /// Returns the entries of a manifest.
  package static func entries(of manifest: ArtifactFile) throws -> [Entry] {
    let files = manifest.header.schema["files"]?.array ?? []
    return try files.map { file in
      guard let path = file["path"]?.string, let size = file["bytes"]?.integer,
        let digest = file["sha256"]?.string.flatMap({ Digest(hexadecimal: $0) })
      else {
        throw FileError(manifest.path, ArtifactError.malformed(part: "schema", reason: .incomplete("list of files")))
      }
      return Entry(path: path, size: Int(size), digest: digest)
    }
  }

  /// `true` if the files that a manifest lists are there, of the same sizes; `true` where the artifact is no tree.
  /// Nothing is read.
  package static func stands(_ manifest: ArtifactFile) -> Bool {
    guard manifest.header.type == type.name, let entries = try? entries(of: manifest) else {
      return manifest.header.type != type.name
    }
    let folder = folder(ofManifest: manifest.path)
    return entries.allSatisfy { Files.exists("\(folder)/\($0.path)") && Files.size("\(folder)/\($0.path)") == $0.size }
  }

  /// Compares a tree with its manifest: the same files, of the same sizes, and every byte of them.
  ///
  /// - Throws: `FileError` for the first difference; nothing where the artifact is no tree.
  package static func verify(_ manifest: ArtifactFile, interrupted: () throws -> Void = {}) throws {
    guard manifest.header.type == type.name else { return }
    let folder = folder(ofManifest: manifest.path)
    let entries = try entries(of: manifest)
    let paths = try paths(of: folder)
    let listed = Set(entries.map(\.path))
    if let extra = paths.first(where: { !listed.contains($0) }) {
      throw FileError("\(folder)/\(extra)", ArtifactError.malformed(part: "the file", reason: .notInManifest))
    }
    if let missing = listed.subtracting(paths).min() {
      throw FileError("\(folder)/\(missing)", ArtifactError.malformed(part: "the file", reason: .fileMissing))
    }
    for entry in entries {
      let path = "\(folder)/\(entry.path)"
      guard try Digest.ofFile(path, interrupted: interrupted) == entry.digest else {
        throw FileError(path, ArtifactError.malformed(part: "the file", reason: .differsFromManifest))
      }
    }
  }
}
