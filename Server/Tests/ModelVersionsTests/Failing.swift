import Glibc
import ModelVersions
import Synchronization

/// The file system, but for paths on which calls fail: tests run as root, whom no permission stops.
final class FailingFiles: ModelFiles {
  private let codes = Mutex<[String: Int32]>([:])

  /// Lets a call on `path` fail, or not if `code` is nil.
  func fail(_ operation: String, _ path: String, _ code: Int32?) {
    codes.withLock { $0["\(operation) \(path)"] = code }
  }

  private func check(_ path: String, _ operation: String) throws(SystemError) {
    if let code = codes.withLock({ $0["\(operation) \(path)"] }) { throw SystemError(path, operation, code) }
  }

  func names(in folder: String) throws(SystemError) -> [String]? {
    try check(folder, "opendir")
    return try DiskFiles().names(in: folder)
  }

  func isFolder(_ path: String) throws(SystemError) -> Bool {
    try check(path, "stat")
    return try DiskFiles().isFolder(path)
  }

  func identity(of path: String) throws(SystemError) -> FileIdentity? {
    try check(path, "stat")
    return try DiskFiles().identity(of: path)
  }

  func contents(of path: String, limit: Int) throws(SystemError) -> [UInt8]? {
    try check(path, "open")
    return try DiskFiles().contents(of: path, limit: limit)
  }
}

/// Opens versions, but for paths that it is told to refuse, and counts.
final class Openings: Sendable {
  struct Damage: Error, CustomStringConvertible { let description = "it is damaged" }

  private let failures = Mutex<[String: any Error]>([:])
  private let counts = Mutex<[String: Int]>([:])

  func fail(_ path: String, _ error: (any Error)?) { failures.withLock { $0[path] = error } }

  /// The number of times that `path` was opened or refused.
  func count(_ path: String) -> Int { counts.withLock { $0[path] ?? 0 } }

  func open(_ number: Int, _ path: String, _ source: FileIdentity) throws -> ServedVersion {
    counts.withLock { $0[path, default: 0] += 1 }
    if let failure = failures.withLock({ $0[path] }) { throw failure }
    return try ServedVersion(number: number, path: path, source: source)
  }
}
