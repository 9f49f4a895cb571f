import Glibc
import Servable

/// Publishes servables in a folder of models.
package enum Publication {
  /// Publishes `file` as a version: copies it to a hidden folder, synchronises it with the disk and renames the folder,
  /// so that a server sees all of it or nothing. The copy is read-only, since overwriting it would end a server that
  /// has mapped it.
  ///
  /// - Parameters:
  ///   - models: the folder of models; made if missing.
  ///   - version: the number; the one after the greatest if `nil`.
  /// - Returns: the number of the version.
  /// - Throws: one line, if `file` is not a whole servable, is a version of the model already, or cannot be written.
  package static func publish(_ file: String, models: String, name: ModelName, version: Int? = nil) throws -> Int {
    let identity = try identity(of: file)
    let model = "\(models)/\(name)"
    // Checked before the file is read, which may take long, and before anything is written.
    _ = try number(version, in: model)
    if let served = try served(identity, in: model) { throw ModelVersionsError.isVersion(file, version: served) }
    _ = try ServedVersion(number: 0, path: file, source: identity)
    try FolderCalls.make(model)
    PublicationFolder.sweep(model)
    let folder = try PublicationFolder(in: model)
    do {
      let copy = "\(folder.path)/\(ModelSource.fileName)"
      try FileCopy.copy(file, to: copy, mode: 0o444)
      guard try Self.identity(of: file).hasSameContents(as: identity) else {
        throw ModelVersionsError.changedWhileCopied(file)
      }
      try FolderCalls.synchronise(folder.path)
      let number = try rename(folder, in: model, as: version)
      try FolderCalls.synchronise(model)
      return number
    } catch {
      folder.remove()
      throw error
    }
  }

  private static func identity(of file: String) throws -> FileIdentity {
    var status = stat()
    guard stat(file, &status) == 0 else { throw SystemError(file, "stat") }
    guard let identity = FileIdentity(status) else { throw ModelVersionsError.notAFile(file) }
    return identity
  }

  /// Returns the names of the folders of versions, by version.
  private static func versions(in model: String) throws(SystemError) -> [(number: Int, name: String)] {
    try (DiskFiles().names(in: model) ?? []).compactMap { name in ModelSource.version(name).map { ($0, name) } }
  }

  /// Returns the version that has the same contents as a file; `nil` if there is none.
  private static func served(_ file: FileIdentity, in model: String) throws -> Int? {
    try versions(in: model).first { version in
      try DiskFiles().identity(of: "\(model)/\(version.name)/\(ModelSource.fileName)")?.isSameFile(as: file) ?? false
    }?.number
  }

  /// Returns the requested number, or the next one.
  private static func number(_ asked: Int?, in model: String) throws -> Int {
    let versions = try versions(in: model)
    guard let asked else {
      let (next, isTooGreat) = (versions.map(\.number).max() ?? 0).addingReportingOverflow(1)
      guard !isTooGreat else { throw ModelVersionsError.noNumberLeft(model: model) }
      return next
    }
    guard asked >= 0 else { throw ModelVersionsError.negative(asked) }
    if let taken = versions.first(where: { $0.number == asked }) {
      throw ModelVersionsError.exists("\(model)/\(taken.name)")
    }
    return asked
  }

  /// A folder cannot be renamed onto one that is not empty, so of two publishers one takes the next number.
  private static func rename(_ folder: PublicationFolder, in model: String, as version: Int?) throws -> Int {
    while true {
      let number = try number(version, in: model)
      let path = "\(model)/\(number)"
      if Glibc.rename(folder.path, path) == 0 { return number }
      guard errno == ENOTEMPTY || errno == EEXIST else { throw SystemError(path, "rename") }
      if version != nil { throw ModelVersionsError.exists(path) }
    }
  }
}
