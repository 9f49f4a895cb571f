import Glibc
package import SystemFiles

/// A folder of published artifacts: `STAGE/VERSION/OUTPUT.tandem`, and `STAGE/latest`, a link that leads to a version.
///
/// Unsafe where Glibc takes paths by pointer.
package struct Store: Sendable {
  package static let runsFolder = "runs"
  package static let sourcesFolder = "sources"
  package let root: String

  package init(root: String) { self.root = root }

  package func folder(stage: String, version: String) -> String { "\(root)/\(stage)/\(version)" }

  /// Versions of a stage, oldest publication first.
  ///
  /// - Parameter prefix: the beginning of the names that are wanted; versions of other names cost next to nothing.
  package func versions(of stage: String, startingWith prefix: String = "") -> [String] {
    let names = (try? versionFolders(of: stage, startingWith: prefix, passingOverForeignNames: true)) ?? []
    let times = Dictionary(names.map { ($0, modified(stage, $0)) }) { first, _ in first }
    return names.sorted { (times[$0] ?? 0, $0) < (times[$1] ?? 0, $1) }
  }

  /// Versions of a stage by name.
  ///
  /// - Throws: if its folder cannot be listed, or has a name that is not UTF-8 and is not passed over.
  package func versionFolders(
    of stage: String, startingWith prefix: String = "", passingOverForeignNames: Bool = false
  ) throws -> [String] {
    try Files.list(
      "\(root)/\(stage)", startingWith: prefix, passingOverForeignNames: passingOverForeignNames
    ).filter { hasVersion($0, of: stage) }
  }

  /// `true` if the stage has a version of this name.
  package func hasVersion(_ name: String, of stage: String) -> Bool {
    let path = "\(root)/\(stage)/\(name)"
    return !name.isEmpty && !name.hasPrefix(".") && !name.contains("/") && name != "latest"
      && Files.isFolderItself(path)
  }

  /// - Throws: `FileError` if the folder of a stage is there and cannot be listed.
  package func checkReadable(stage: String) throws {
    let folder = "\(root)/\(stage)"
    guard Files.exists(folder) else { return }
    try Files.checkListable(folder)
  }

  private func modified(_ stage: String, _ version: String) -> Int {
    var status = stat()
    guard unsafe stat(folder(stage: stage, version: version), &status) == 0 else { return 0 }
    return status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec
  }

  /// The version that `latest` points at, or the newest sound one where it points nowhere.
  package func latest(of stage: String) -> String? { current(of: stage)?.version }

  /// The same, and `true` if `latest` said so; if it is missing or points nowhere, a reader takes the newest and says
  /// so.
  package func current(of stage: String) -> (version: String, isPointedAt: Bool)? {
    if let target = latestTarget(of: stage), hasVersion(target, of: stage) { return (target, true) }
    return versions(of: stage).last { isSound(stage, $0) }.map { ($0, false) }
  }

  /// `true` if there are outputs, and all can be opened.
  private func isSound(_ stage: String, _ version: String) -> Bool {
    let files = outputs(stage: stage, version: version).values
    return !files.isEmpty && files.allSatisfy { (try? ArtifactFile(path: $0)) != nil }
  }

  /// Removes a version: it is gone at once, whatever becomes of this process.
  package func remove(_ version: String, of stage: String) throws {
    let path = folder(stage: stage, version: version)
    let aside = Files.temporarySibling(of: path)
    try naming(path) {
      guard unsafe rename(path, aside) == 0 else { throw SystemError.system(operation: "remove", code: errno) }
    }
    Files.remove(aside)
  }

  /// Output files of a version, by output name.
  package func outputs(stage: String, version: String) -> [String: String] {
    let folder = folder(stage: stage, version: version)
    var outputs: [String: String] = [:]
    for name in (try? Files.list(folder)) ?? [] where name.hasSuffix(".tandem") && !name.hasPrefix(".") {
      guard !Files.isLink("\(folder)/\(name)") else { continue }
      outputs[String(name.dropLast(".tandem".count))] = "\(folder)/\(name)"
    }
    return outputs
  }

  /// A new folder, invisible to readers, for a stage to write its outputs into.
  package func makeStaging(stage: String) throws -> String {
    try Files.makeFolders("\(root)/\(stage)")
    let path = Files.temporarySibling(of: "\(root)/\(stage)/staging")
    guard unsafe mkdir(path, 0o777) == 0 else {
      throw FileError(path, SystemError.system(operation: "create the folder", code: errno))
    }
    return path
  }

  /// Publishes a staging folder as a version, which becomes visible as a whole and is never changed again.
  package func publish(staging: String, stage: String, version: String) throws {
    let target = folder(stage: stage, version: version)
    try naming(target) {
      guard try !Files.list(staging).isEmpty else {
        throw ArtifactError.noOutputs
      }
      try Self.seal(staging)
      try Files.renameWithoutReplacing(staging, target)
      try Files.synchroniseFolder("\(root)/\(stage)")
    }
  }

  /// Makes files read-only and durable, whoever wrote them.
  private static func seal(_ folder: String) throws {
    for name in try Files.list(folder) {
      let path = "\(folder)/\(name)"
      if Files.isLink(path) { throw FileError(path, SystemError.notARegularFile) }
      if Files.isFolder(path) {
        try seal(path)
      } else {
        try naming(path) {
          let file = try FileDescriptor.openRegular(path).file
          var status = stat()
          guard unsafe fstat(file.number, &status) == 0, fchmod(file.number, status.st_mode & 0o555) == 0 else {
            throw SystemError.system(operation: "make read-only", code: errno)
          }
          try file.synchronise()
        }
      }
    }
    try naming(folder) { try Files.synchroniseFolder(folder) }
  }

  /// The folder of files that survive a kill of a stage, by the cache key of its outputs.
  package func workFolder(stage: String, key: String) -> String { "\(root)/\(stage)/\(Self.workPrefix)\(key)" }

  private static let workPrefix = ".work-"

  /// Removes work folders that have not been used for thirty days.
  private func sweepWork(of stage: String) {
    for name in (try? Files.list("\(root)/\(stage)", passingOverForeignNames: true)) ?? []
    where name.hasPrefix(Self.workPrefix) {
      var status = stat()
      let path = "\(root)/\(stage)/\(name)"
      guard unsafe stat(path, &status) == 0, time(nil) - status.st_mtim.tv_sec > 30 * 86_400 else { continue }
      Files.remove(path)
    }
  }

  /// Sweeps if the last sweep was an hour ago, since nothing younger is removed and a sweep looks at every old version.
  package func sweepHourly() {
    let stamp = "\(root)/.swept"
    var status = stat()
    if unsafe stat(stamp, &status) == 0, 0..<3600 ~= time(nil) - status.st_mtim.tv_sec { return }
    sweep()
    try? Files.publish([], to: stamp, replacing: true, mode: 0o644, isDurable: false)
  }

  /// A lock that every run holds, so that nothing that it may read is removed meanwhile.
  ///
  /// - Returns: `nil` while versions are being removed.
  package func lockForRunning() throws -> FileLock? {
    try Files.makeFolders(root)
    return try naming(lockPath) { try FileLock(lockPath, .shared) }
  }

  /// A lock that no run holds at the same time.
  ///
  /// - Returns: `nil` while there is a run.
  package func lockForRemoving() throws -> FileLock? { try naming(lockPath) { try FileLock(lockPath, .exclusive) } }

  private var lockPath: String { "\(root)/.lock" }

  /// Names of folders that hold the versions of stages, of whatever pipelines.
  ///
  /// - Throws: `FileError` if the store cannot be listed.
  package func stages() throws -> [String] {
    try Files.list(root).filter { name in
      !name.hasPrefix(".") && ![Self.runsFolder, Self.sourcesFolder].contains(name) && Files.isFolder("\(root)/\(name)")
    }
  }

  /// Removes what killed runs left: temporaries of processes that are gone, an hour old at least.
  package func sweep(olderThan seconds: Int = 3600) {
    Files.sweepTemporaries(in: root, olderThan: seconds)
    sweepClaims()
    sweepSets()
    for stage in (try? Files.list(root)) ?? [] where Files.isFolder("\(root)/\(stage)") && !stage.hasPrefix(".") {
      Files.sweepTemporaries(in: "\(root)/\(stage)", olderThan: seconds)
      sweepWork(of: stage)
      for version in versions(of: stage) {
        Files.sweepTemporaries(in: folder(stage: stage, version: version), olderThan: seconds)
      }
    }
  }
}
