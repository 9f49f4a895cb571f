import Glibc
import SystemFiles

/// The identity of raw data: the digest of its files' names and bytes.
package enum SourceDigest {
  /// - Parameters:
  ///   - path: a file, or a folder, whose regular files all count, at any depth.
  ///   - interrupted: is asked at every block, and throws to end it.
  package static func of(_ path: String, interrupted: () throws -> Void = {}) throws -> Digest {
    guard Files.exists(path) else { throw FileError(path, SystemError.system(operation: "open", code: ENOENT)) }
    guard Files.isFolder(path) else {
      return Digest.of("file \(try Digest.ofFile(path, interrupted: interrupted).hexadecimal)\n")
    }
    var hasher = DigestHasher()
    for name in try names(under: path, prefix: "", depth: 0) {
      hasher.update(
        "\(name.utf8.count) \(name) \(try Digest.ofFile("\(path)/\(name)", interrupted: interrupted).hexadecimal)\n")
    }
    return hasher.finish()
  }

  /// Files below a folder, by their paths from it.
  package static func names(under folder: String, prefix: String = "", depth: Int = 0) throws -> [String] {
    guard depth < 32 else {
      throw FileError(folder, ArtifactError.nestedTooDeeply)
    }
    return try Files.list(folder).flatMap { name -> [String] in
      let path = "\(folder)/\(name)"
      return Files.isFolder(path)
        ? try names(under: path, prefix: "\(prefix)\(name)/", depth: depth + 1) : ["\(prefix)\(name)"]
    }
  }
}
