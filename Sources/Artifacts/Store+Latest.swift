import Glibc
import SystemFiles

/// The versions that `latest` names: one of every stage, all of which change at once.
///
/// `STAGE/latest` is a link to `../.latest/STAGE`, `.latest` a link to a folder in `.sets`, and that has a link
/// `../../STAGE/VERSION` for every stage. Renaming another link over `.latest` moves all stages together. Links
/// `STAGE/latest` that name a version themselves, as older stores have them, are followed too, and taken over at the next
/// change.
///
/// Unsafe where Glibc takes paths by pointer.
extension Store {
  private var setsFolder: String { "\(root)/.sets" }
  private var currentSet: String { "\(root)/.latest" }

  private func link(of stage: String) -> String { "\(root)/\(stage)/latest" }

  /// The version that `STAGE/latest` leads to, which need not be there.
  func latestTarget(of stage: String) -> String? {
    guard let target = Files.linkTarget(link(of: stage)) else { return nil }
    return target == Self.target(inSet: stage) ? version(of: stage, in: currentSet) : target
  }

  private static func target(inSet stage: String) -> String { "../.latest/\(stage)" }

  private func version(of stage: String, in set: String) -> String? {
    let start = "../../\(stage)/"
    guard let target = Files.linkTarget("\(set)/\(stage)"), target.hasPrefix(start) else { return nil }
    return String(target.dropFirst(start.count))
  }

  /// Points `latest` of a stage at a version that is published; `latest` of all others stays.
  package func setLatest(_ version: String, of stage: String) throws { try setLatest([stage: version]) }

  /// Points `latest` of some stages at versions that are published, at once; `latest` of all others stays.
  ///
  /// - Parameter versions: by stage.
  package func setLatest(_ versions: [String: String]) throws {
    let changed = versions.filter { latestTarget(of: $0.key) != $0.value }
    guard !changed.isEmpty else { return }
    for (stage, version) in changed.sorted(by: { $0.key < $1.key }) where !hasVersion(version, of: stage) {
      throw FileError(link(of: stage), ArtifactError.versionNotPublished(version))
    }
    let lock = try lockLatest()
    // A stage that lies elsewhere has no way back from there to the set.
    let elsewhere = versions.filter { Files.isLink("\(root)/\($0.key)") }
    let inSet = versions.filter { elsewhere[$0.key] == nil }
    let before = try takeOver(besides: Set(elsewhere.keys))
    for stage in inSet.keys.sorted() { try replaceLink(link(of: stage), Self.target(inSet: stage)) }
    let after = before.merging(inSet) { $1 }
    if after != before { try makeCurrent(after) }
    for (stage, version) in elsewhere { try replaceLink(link(of: stage), version) }
    sweepSets(lock)
    withExtendedLifetime(lock) {}
  }

  /// Sees that every link that leads to a version does so through the current set, which changes nothing for readers.
  ///
  /// - Returns: the current set: versions by stage.
  private func takeOver(besides elsewhere: Set<String>) throws -> [String: String] {
    var set: [String: String] = [:]
    var direct: [String] = []
    for stage in try stages() where !elsewhere.contains(stage) {
      guard let version = latestTarget(of: stage), hasVersion(version, of: stage) else { continue }
      set[stage] = version
      if Files.linkTarget(link(of: stage)) != Self.target(inSet: stage) { direct.append(stage) }
    }
    guard !direct.isEmpty else { return set }
    try makeCurrent(set)
    for stage in direct { try replaceLink(link(of: stage), Self.target(inSet: stage)) }
    return set
  }

  /// Writes a set, and switches to it.
  private func makeCurrent(_ set: [String: String]) throws {
    try Files.makeFolders(setsFolder)
    var number = (try Files.list(setsFolder).compactMap { Int($0) }.max() ?? 0) + 1
    while unsafe mkdir("\(setsFolder)/\(number)", 0o777) != 0 {
      guard errno == EEXIST else {
        throw FileError("\(setsFolder)/\(number)", SystemError.system(operation: "create the folder", code: errno))
      }
      number += 1
    }
    let folder = "\(setsFolder)/\(number)"
    for (stage, version) in set {
      try naming("\(folder)/\(stage)") {
        guard unsafe symlink("../../\(stage)/\(version)", "\(folder)/\(stage)") == 0 else {
          throw SystemError.system(operation: "make the link", code: errno)
        }
      }
    }
    for folder in [folder, setsFolder] { try naming(folder) { try Files.synchroniseFolder(folder) } }
    try replaceLink(currentSet, ".sets/\(number)")
  }

  /// Makes a link, in the place of another if there is one.
  private func replaceLink(_ link: String, _ target: String) throws {
    guard Files.linkTarget(link) != target else { return }
    let temporary = Files.temporarySibling(of: link)
    try naming(link) {
      guard unsafe symlink(target, temporary) == 0, unsafe rename(temporary, link) == 0 else {
        let code = errno
        unsafe unlink(temporary)
        throw SystemError.system(operation: "point at the new version", code: code)
      }
      try Files.synchroniseFolder(Files.folder(of: link))
    }
  }

  /// A lock that is held while a set is replaced, for milliseconds.
  private func lockLatest() throws -> FileLock {
    let path = "\(root)/.latest.lock"
    while true {
      if let lock = try naming(path, { try FileLock(path, .exclusive) }) { return lock }
      usleep(2000)
    }
  }

  /// Removes sets that have not been current for an hour: whoever reads through one has long opened what they wanted.
  package func sweepSets() {
    guard Files.exists(setsFolder), let lock = try? FileLock("\(root)/.latest.lock", .exclusive) else { return }
    sweepSets(lock)
  }

  /// - Parameter lock: is held, so that no set is half written.
  private func sweepSets(_ lock: FileLock) {
    let current = Files.linkTarget(currentSet).map { Files.name(of: $0) }
    for name in (try? Files.list(setsFolder)) ?? [] where name != current && Int(name) != nil {
      var status = stat()
      guard unsafe lstat("\(setsFolder)/\(name)", &status) == 0, time(nil) - status.st_mtim.tv_sec > 3600 else {
        continue
      }
      Files.remove("\(setsFolder)/\(name)")
    }
  }
}
