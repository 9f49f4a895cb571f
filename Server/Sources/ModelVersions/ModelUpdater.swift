import Logging
import NIOPosix

/// Updates a model to the state of the disk.
struct ModelUpdater: Sendable {
  let keep: Int
  let labels: [String: Int]
  let loaded: Bool
  /// The longest wait between attempts to open what the system refuses, counted in checks.
  let longestWait: Int
  let files: any ModelFiles
  let logger: Logger
  let open: ModelWatcher.Opening

  /// One servable, whose path leads to the next version whenever it leads to another file.
  ///
  /// - Returns: the complaints.
  func update(_ model: inout ServedModel, fromFile path: String) async -> [String: Complaint] {
    model.labels = labels
    var wrong: [String: Complaint] = [:]
    do throws(SystemError) {
      // A path that leads nowhere for a moment, or for good, changes nothing.
      guard let identity = try files.identity(of: path) else { throw SystemError(path, "stat", ENOENT) }
      let (newest, refusal) = (model.versions.first, model.refused.first)
      if let newest, newest.source.hasSameContents(as: identity) {
        model.refused = []
      } else {
        complain(ofRewriting: newest, identity, path, &wrong)
        let isTriedAgain = refusal.map { $0.source?.hasSameContents(as: identity) ?? true } ?? false
        let number = isTriedAgain ? refusal?.number ?? 1 : max(newest?.number ?? 0, refusal?.number ?? 0) + 1
        if isDue(identity, path, open: newest, refusal, in: &model) { await open(number, path, identity, in: &model) }
        model.refused = Array(model.refused.prefix(1))
        model.drop(keep: keep)
      }
    } catch {
      if !model.versions.isEmpty {
        wrong[path] = Complaint(servedOn: error)
      } else if model.refused.isEmpty {
        model.put(RefusedVersion(number: 1, source: nil, reason: "\(error)"))
      }
    }
    complain(ofLabels: model, nil, &wrong)
    return wrong
  }

  /// A folder with `VERSION/servable.tandem`, and maybe labels.
  ///
  /// - Parameter isKnown: `false` if only the model's name is known.
  /// - Returns: the complaints.
  /// - Throws: if the folder cannot be read; the model is then as it was.
  func update(
    _ model: inout ServedModel, fromFolder folder: String, isKnown: Bool
  ) async throws(SystemError) -> [String: Complaint] {
    guard let names = try files.names(in: folder) else { throw SystemError(folder, "opendir", ENOENT) }
    var wrong: [String: Complaint] = [:]
    readLabels(of: &model, "\(folder)/\(ModelSource.labelsFileName)", isKnown: isKnown, &wrong)
    let found = VersionFolders(names, in: folder, files)
    wrong.merge(found.complaints) { $1 }
    let labelled = Set(model.labels.values)
    var tried: Set<Int> = []
    var held = 0
    for number in found.numbers where held < keep || labelled.contains(number) {
      tried.insert(number)
      if await holds(number, found, in: &model, &wrong) { held += 1 }
    }
    model.refused.removeAll { refused in
      guard let state = found.states[refused.number] else { return true }
      guard case .there(let identity) = state else { return false }
      return !tried.contains(refused.number) && refused.source != identity
    }
    for version in model.versions where found.states[version.number] == nil && !labelled.contains(version.number) {
      model.versions.removeAll { $0.number == version.number }
      logger.notice("a version is gone", metadata: ["model": "\(model.name)", "version": "\(version.number)"])
    }
    model.drop(keep: keep)
    complain(ofLabels: model, found, &wrong)
    return wrong
  }

  /// Reads the labels, and keeps the last good ones if the file cannot be read.
  private func readLabels(
    of model: inout ServedModel, _ path: String, isKnown: Bool, _ wrong: inout [String: Complaint]
  ) {
    do throws(ModelVersionsError) {
      let written = try VersionLabels.read(path, files)
      model.labels = written.merging(labels) { $1 }
      model.labelsError = nil
      for (label, number) in labels {
        guard let other = written[label], other != number else { continue }
        wrong["\(path) \(label)"] = Complaint(
          .warning,
          "\(path): \"\(label)\" is \(other) there, and --label says \(number), which counts; start without it")
      }
    } catch {
      let hasGood = isKnown && model.labelsError == nil
      if !hasGood { (model.labels, model.labelsError) = (labels, error) }
      let consequence = hasGood ? "the labels that were good last are kept" : "no label of it is known"
      wrong[path] = Complaint(.error, "\(error); \(consequence)")
    }
  }

  /// Opens a version if it has changed.
  ///
  /// - Returns: `true` if the model has the version, possibly in an earlier state.
  private func holds(
    _ number: Int, _ found: VersionFolders, in model: inout ServedModel, _ wrong: inout [String: Complaint]
  ) async -> Bool {
    let version = model.version(number)
    let refusal = model.refused.first { $0.number == number }
    guard let path = found.paths[number], let state = found.states[number] else { return version != nil }
    switch state {
    case .unreadable(let error):
      if version == nil, refusal == nil {
        model.put(RefusedVersion(number: number, source: nil, reason: "\(error)"))
      }
    case .there(let identity):
      if let version, version.source.hasSameContents(as: identity) {
        model.refused.removeAll { $0.number == number }
      } else {
        complain(ofRewriting: version, identity, path, &wrong)
        if isDue(identity, path, open: version, refusal, in: &model) { await open(number, path, identity, in: &model) }
      }
    }
    return model.version(number) != nil
  }

  /// `true` if a file that is not served should be opened now.
  private func isDue(
    _ identity: FileIdentity, _ path: String, open version: ServedVersion?, _ refusal: RefusedVersion?,
    in model: inout ServedModel
  ) -> Bool {
    // It may still be written to, so it is read once it has not changed between two checks.
    if let last = refusal?.source ?? version?.source, identity.isRewritten(from: last),
      model.unsettled[path] != identity
    {
      model.unsettled[path] = identity
      return false
    }
    model.unsettled[path] = nil
    guard var refusal, refusal.source == identity else { return true }
    let isDue = refusal.backOff?.count() ?? false
    model.put(refusal)
    return isDue
  }

  private func open(_ number: Int, _ path: String, _ identity: FileIdentity, in model: inout ServedModel) async {
    let facts: Logger.Metadata = ["model": "\(model.name)", "version": "\(number)"]
    let open = open
    do {
      // Every byte is read, so not on a thread that answers requests.
      model.put(try await NIOThreadPool.singleton.runIfActive { try open(number, path, identity) })
      logger.notice("a version is served", metadata: facts)
    } catch is CancellationError {
      return
    } catch {
      let before = model.refused.first { $0.number == number && $0.source == identity }
      let refusal = RefusedVersion(
        number: number, source: identity, reason: "\(error)",
        backOff: SystemError.isBehind(error) ? before?.backOff?.doubled(limit: longestWait) ?? BackOff() : nil)
      model.put(refusal)
      guard before?.reason != refusal.reason else { return }
      logger.error(
        "a version is refused; others are served as before",
        metadata: facts.merging(["reason": "\(refusal.reason)"]) { $1 })
    }
  }

  /// A file that is replaced by renaming leaves what is mapped whole; one that is written over does not.
  private func complain(
    ofRewriting version: ServedVersion?, _ identity: FileIdentity, _ path: String, _ wrong: inout [String: Complaint]
  ) {
    guard let version, !loaded, identity.isRewritten(from: version.source) else { return }
    wrong["\(path) rewritten"] = Complaint(
      .error,
      "\(path) was overwritten in place while it is served: answers may be wrong, and a file cut short ends the server "
        + "by SIGBUS; replace files by renaming, as \"serve publish\" does, or serve with --load")
  }

  /// - Parameter found: the versions on the disk; `nil` if versions have no folders.
  private func complain(ofLabels model: ServedModel, _ found: VersionFolders?, _ wrong: inout [String: Complaint]) {
    for (label, number) in model.labels {
      let subject = "label \(label)"
      if let reason = model.reason(against: label) {
        wrong[subject] = Complaint(.error, "model \"\(model.name)\": \(reason)")
      } else if let found, found.states[number] == nil {
        wrong[subject] = Complaint(
          .error,
          "model \"\(model.name)\": version \(number), which label \"\(label)\" names, was removed; it is served until "
            + "the server stops; put it back or move the label")
      }
    }
  }
}
