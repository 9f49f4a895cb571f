import Glibc

/// A folder of published artifacts: `STAGE/VERSION/OUTPUT.tandem`, and `STAGE/latest`, a link to a version.
package struct Store: Sendable {
  package static let runsFolder = "runs"
  package let root: String

  package init(root: String) { self.root = root }

  package func folder(stage: String, version: String) -> String { "\(root)/\(stage)/\(version)" }

  /// Versions of a stage, oldest publication first.
  package func versions(of stage: String) -> [String] {
    let names = ((try? Files.list("\(root)/\(stage)")) ?? []).filter { name in
      !name.hasPrefix(".") && name != "latest" && Files.isFolder("\(root)/\(stage)/\(name)")
    }
    return names.sorted { modified(stage, $0) < modified(stage, $1) }
  }

  private func modified(_ stage: String, _ version: String) -> Int {
    var status = stat()
    guard stat(folder(stage: stage, version: version), &status) == 0 else { return 0 }
    return status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec
  }

  /// The version that `latest` points at, or the newest there is where it points nowhere.
  package func latest(of stage: String) -> String? {
    let known = versions(of: stage)
    if let target = Files.linkTarget("\(root)/\(stage)/latest"), known.contains(target) { return target }
    return known.last
  }

  /// Points `latest` at a version that is published.
  package func setLatest(_ version: String, of stage: String) throws {
    let link = "\(root)/\(stage)/latest"
    guard Files.linkTarget(link) != version else { return }
    let temporary = Files.temporarySibling(of: link)
    try naming(link) {
      guard symlink(version, temporary) == 0, rename(temporary, link) == 0 else {
        let code = errno
        unlink(temporary)
        throw ArtifactError.system(operation: "point at the new version", code: code)
      }
      try Files.synchroniseFolder(Files.folder(of: link))
    }
  }

  /// Output files of a version, by output name.
  package func outputs(stage: String, version: String) -> [String: String] {
    let folder = folder(stage: stage, version: version)
    var outputs: [String: String] = [:]
    for name in (try? Files.list(folder)) ?? [] where name.hasSuffix(".tandem") && !name.hasPrefix(".") {
      outputs[String(name.dropLast(".tandem".count))] = "\(folder)/\(name)"
    }
    return outputs
  }

  /// A new folder, invisible to readers, for a stage to write its outputs into.
  package func makeStaging(stage: String) throws -> String {
    try Files.makeFolders("\(root)/\(stage)")
    let path = Files.temporarySibling(of: "\(root)/\(stage)/staging")
    try Files.makeFolders(path)
    return path
  }

  /// Publishes a staging folder as a version. Its files are fsynced already; it becomes visible as a whole.
  package func publish(staging: String, stage: String, version: String) throws {
    let target = folder(stage: stage, version: version)
    try naming(target) {
      try Files.synchroniseFolder(staging)
      try Files.renameWithoutReplacing(staging, target)
      try Files.synchroniseFolder("\(root)/\(stage)")
    }
  }

  /// Removes what killed runs left: temporaries of processes that are gone, an hour old at least.
  package func sweep(olderThan seconds: Int = 3600) {
    for stage in (try? Files.list(root)) ?? [] {
      let folders = ["\(root)/\(stage)"] + versions(of: stage).map { "\(root)/\(stage)/\($0)" }
      for folder in folders {
        for name in (try? Files.list(folder)) ?? [] where name.hasPrefix(".") && name.hasSuffix(".tmp") {
          let fields = name.split(separator: ".")
          guard fields.count >= 4, let owner = Int32(fields[fields.count - 3]) else { continue }
          var status = stat()
          guard lstat("\(folder)/\(name)", &status) == 0, time(nil) - status.st_mtim.tv_sec >= seconds,
            kill(owner, 0) != 0 && errno == ESRCH
          else { continue }
          Files.remove("\(folder)/\(name)")
        }
      }
    }
  }
}
