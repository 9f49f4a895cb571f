import Foundation
import Glibc
import Servable

/// Puts a servable into a model folder as its next version.
package enum Publication {
  package enum Failure: Error, CustomStringConvertible {
    case system(path: String, operation: String, code: Int32)

    package var description: String {
      switch self {
      case .system(let path, let operation, let code):
        "\(path): \(operation) failed: \(String(cString: strerror(code)))"
      }
    }
  }

  /// Copies `file` to a hidden folder, synchronises it with the disk and renames it: a server sees all of it or nothing.
  ///
  /// - Parameter models: the folder of models; made if it is not there.
  /// - Returns: the number of the version.
  /// - Throws: one line, if `file` is not a whole servable or cannot be written.
  package static func publish(_ file: String, models: String, name: ModelName) throws -> Int {
    _ = try ServedVersion(number: 0, path: file, source: identity(of: file))
    let model = "\(models)/\(name)"
    try FileManager.default.createDirectory(atPath: model, withIntermediateDirectories: true)
    let temporary = "\(model)/.\(UUID().uuidString)"
    do {
      guard mkdir(temporary, 0o777) == 0 else { throw Failure.system(path: temporary, operation: "mkdir", code: errno) }
      let copy = "\(temporary)/\(ModelSource.fileName)"
      try FileManager.default.copyItem(atPath: resolved(file), toPath: copy)
      try synchronise(copy)
      try synchronise(temporary)
      let number = try rename(temporary, in: model)
      try synchronise(model)
      return number
    } catch {
      try? FileManager.default.removeItem(atPath: temporary)
      throw error
    }
  }

  private static func identity(of file: String) throws -> FileIdentity {
    guard let identity = FileIdentity(path: file) else {
      throw Failure.system(path: file, operation: "stat", code: errno)
    }
    return identity
  }

  private static func resolved(_ path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  /// A folder cannot be renamed onto one that is not empty, so of two publishers one takes the next number.
  private static func rename(_ temporary: String, in model: String) throws -> Int {
    while true {
      let newest = (Folder.names(in: model) ?? []).compactMap { ModelSource.version($0) }.max() ?? 0
      if Glibc.rename(temporary, "\(model)/\(newest + 1)") == 0 { return newest + 1 }
      guard errno == ENOTEMPTY || errno == EEXIST else {
        throw Failure.system(path: "\(model)/\(newest + 1)", operation: "rename", code: errno)
      }
    }
  }

  private static func synchronise(_ path: String) throws {
    let descriptor = Glibc.open(path, O_RDONLY)
    guard descriptor >= 0 else { throw Failure.system(path: path, operation: "open", code: errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw Failure.system(path: path, operation: "fsync", code: errno) }
  }
}
