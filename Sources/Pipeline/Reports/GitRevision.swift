import Artifacts
import SystemFiles

/// The commit that a folder is at, read from git's own files.
package enum GitRevision {
  /// - Returns: nil if git does not keep the folder.
  package static func of(_ folder: String) -> String? {
    var folder = folder
    for _ in 0..<64 {
      if let git = directory("\(folder)/.git") { return revision(git) }
      folder = "\(folder)/.."
      guard Files.isFolder(folder) else { return nil }
    }
    return nil
  }

  /// The folder itself, or the one that a work tree's file points at.
  private static func directory(_ path: String) -> String? {
    if Files.isFolder(path) { return path }
    guard let line = line(path), line.hasPrefix("gitdir: ") else { return nil }
    return Files.path(String(line.dropFirst(8)), in: Files.folder(of: path))
  }

  private static func revision(_ git: String) -> String? {
    guard let head = line("\(git)/HEAD") else { return nil }
    guard head.hasPrefix("ref: ") else { return head }
    let reference = String(head.dropFirst(5))
    let common = line("\(git)/commondir").map { Files.path($0, in: git) } ?? git
    if let revision = line("\(git)/\(reference)") ?? line("\(common)/\(reference)") { return revision }
    let packed = (try? Files.read("\(common)/packed-refs", limit: 64 << 20)).map { String(decoding: $0, as: UTF8.self) }
    return packed?.split(separator: "\n").first { $0.hasSuffix(" \(reference)") }?.split(separator: " ").first.map(
      String.init)
  }

  private static func line(_ path: String) -> String? {
    guard !Files.isFolder(path), let bytes = try? Files.read(path, limit: 1 << 20) else { return nil }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").first.map(String.init)
  }
}
