import Logging
import NIOPosix
import ServiceLifecycle

/// Looks at the source every so often and puts what has changed into the registry. A version is opened and checked
/// before anybody can ask it; one that fails is named in the log and left out until its file changes.
package actor ModelWatcher: Service {
  private let source: ModelSource
  private let registry: ModelRegistry
  /// How many versions of a model are held, besides those that have labels.
  private let keep: Int
  /// By label; they win over those of the models' files.
  private let labels: [String: Int]
  private let interval: Duration
  private let logger: Logger
  /// What was last said of a model's labels, so that it is said once.
  private var complaints: [String: String] = [:]

  package init(
    _ source: ModelSource, into registry: ModelRegistry, keep: Int, labels: [String: Int] = [:],
    interval: Duration = .seconds(1), logger: Logger
  ) {
    self.source = source
    self.registry = registry
    self.keep = keep
    self.labels = labels
    self.interval = interval
    self.logger = logger
  }

  package func run() async throws {
    try? await cancelWhenGracefulShutdown {
      while true {
        try await Task.sleep(for: self.interval)
        await self.look()
      }
    }
  }

  package func look() async {
    switch source {
    case .file(let path, let name): await lookAtFile(path, name)
    case .folder(let path): await lookAtFolder(path)
    }
  }

  private func lookAtFile(_ path: String, _ name: String) async {
    var model = registry.model(name) ?? ServedModel(name: name)
    model.labels = labels
    // A path that leads nowhere for a moment, or for good, changes nothing.
    if let identity = FileIdentity(path: path), model.versions.first?.source != identity,
      model.refused.first?.source != identity
    {
      let newest = max(model.versions.first?.number ?? 0, model.refused.first?.number ?? 0)
      await open(newest + 1, path, identity, in: &model)
      model.refused = Array(model.refused.prefix(1))
      drop(from: &model)
    }
    registry.replace(model)
  }

  private func lookAtFolder(_ path: String) async {
    // A folder that cannot be read says nothing of what should be served.
    guard let names = Folder.names(in: path) else {
      return complain(path, "\(path): the folder cannot be read; what was served is served on")
    }
    complain(path, nil)
    let present = names.filter { Folder.exists("\(path)/\($0)") }
    for name in registry.names where !present.contains(name) {
      registry.remove(name)
      logger.notice("a model is gone", metadata: ["model": "\(name)"])
    }
    for name in present { await lookAtModel(name, in: "\(path)/\(name)") }
  }

  private func lookAtModel(_ name: String, in folder: String) async {
    let known = registry.model(name)
    var model = known ?? ServedModel(name: name)
    do {
      let written = try VersionLabels.read("\(folder)/\(ModelSource.labelsFileName)")
      model.labels = written.merging(labels) { $1 }
      complain(name, nil)
    } catch { complain(name, "\(error)") }
    var there: [Int: FileIdentity] = [:]
    for entry in Folder.names(in: folder) ?? [] {
      guard let number = ModelSource.version(entry) else { continue }
      there[number] = FileIdentity(path: "\(folder)/\(entry)/\(ModelSource.fileName)")
    }
    model.refused.removeAll { there[$0.number] != $0.source }
    let labelled = Set(model.labels.values)
    var held = 0
    for number in there.keys.sorted(by: >) where held < keep || labelled.contains(number) {
      guard let identity = there[number] else { continue }
      let isOpen = model.version(number)?.source == identity
      let isRefused = model.refused.contains { $0.number == number }
      if !isOpen {
        guard !isRefused, await open(number, "\(folder)/\(number)/\(ModelSource.fileName)", identity, in: &model)
        else { continue }
      }
      held += 1
    }
    for version in model.versions where there[version.number] == nil {
      model.versions.removeAll { $0.number == version.number }
      logger.notice("a version is gone", metadata: ["model": "\(name)", "version": "\(version.number)"])
    }
    drop(from: &model)
    // A folder without versions is no model yet.
    if known != nil || !model.versions.isEmpty || !model.refused.isEmpty { registry.replace(model) }
    for (label, number) in model.labels.sorted(by: { $0.key < $1.key }) where model.version(number) == nil {
      complain("\(name) \(label)", "the label \"\(label)\" of \"\(name)\" names version \(number), which is not served")
    }
  }

  /// - Returns: whether the version is good, and now in the model.
  @discardableResult
  private func open(_ number: Int, _ path: String, _ identity: FileIdentity, in model: inout ServedModel) async -> Bool
  {
    let facts: Logger.Metadata = ["model": "\(model.name)", "version": "\(number)"]
    do {
      // Every byte is read: not on a thread that answers requests.
      let version = try await NIOThreadPool.singleton.runIfActive {
        try ServedVersion(number: number, path: path, source: identity)
      }
      model.versions.removeAll { $0.number == number }
      model.versions.append(version)
      model.versions.sort { $0.number > $1.number }
      logger.notice("a version is served", metadata: facts)
      return true
    } catch {
      model.refused.append((number, identity, "\(error)"))
      model.refused.sort { $0.number > $1.number }
      logger.error(
        "a version is refused; what was served is served on",
        metadata: facts.merging(["reason": "\(error)"]) { $1 })
      return false
    }
  }

  /// Lets go of what is too old and has no label.
  private func drop(from model: inout ServedModel) {
    let labelled = Set(model.labels.values)
    let newest = Set(model.versions.prefix(keep).map(\.number))
    model.versions.removeAll { !newest.contains($0.number) && !labelled.contains($0.number) }
  }

  private func complain(_ subject: String, _ complaint: String?) {
    if let complaint, complaints[subject] != complaint { logger.error("\(complaint)") }
    complaints[subject] = complaint
  }
}
