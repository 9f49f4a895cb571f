import Glibc
import Logging
import ServiceLifecycle

/// Polls the source and updates the registry. A version is opened and checked before it is served; one that fails is
/// logged and left out until its file changes, or, if the system failed, for a while. What cannot be read changes
/// nothing.
package actor ModelWatcher: Service {
  /// Opens and checks a version: its number, its path, and the state of the file there.
  package typealias Opening = @Sendable (Int, String, FileIdentity) throws -> ServedVersion

  private let source: ModelSource
  private let registry: ModelRegistry
  /// The version of each label; these take precedence over the models' files.
  private let labels: [String: Int]
  private let interval: Duration
  private let logger: Logger
  private let files: any ModelFiles
  private let updater: ModelUpdater
  private var complaints: Complaints

  /// The check that began last.
  private var last: Task<Void, Never>?

  /// - Parameters:
  ///   - keep: the number of versions of a model that stay open, besides those with labels.
  ///   - labels: the version of each label; these take precedence over the models' files.
  ///   - loaded: `true` if versions are read into memory rather than mapped.
  ///   - open: opens a version; `ServedVersion.init` if `nil`.
  package init(
    _ source: ModelSource, into registry: ModelRegistry, keep: Int, labels: [String: Int] = [:],
    interval: Duration = .seconds(1), loaded: Bool = false, logger: Logger, files: any ModelFiles = DiskFiles(),
    open: Opening? = nil
  ) {
    self.source = source
    self.registry = registry
    self.labels = labels
    self.interval = interval
    self.logger = logger
    self.files = files
    updater = ModelUpdater(
      keep: keep, labels: labels, loaded: loaded, longestWait: BackOff.limit(interval: interval), files: files,
      logger: logger,
      open: open ?? { try ServedVersion(number: $0, path: $1, source: $2, loaded: loaded) })
    complaints = Complaints(logger)
  }

  package func run() async throws {
    try? await cancelWhenGracefulShutdown {
      while true {
        try await Task.sleep(for: self.interval)
        await self.look()
      }
    }
  }

  /// Checks the source once, after all checks that began earlier: a concurrent one could replace newer state by older.
  package func look() async {
    let before = last
    let task = Task {
      await before?.value
      await self.lookOnce()
    }
    last = task
    await task.value
  }

  private func lookOnce() async {
    switch source {
    case .file(let path, let name):
      var model = registry.model(name) ?? ServedModel(name: name)
      complaints.update(name, to: await updater.update(&model, fromFile: path))
      registry.replace(model)
    case .folder(let path): await lookAtFolder(path)
    }
  }

  private func lookAtFolder(_ path: String) async {
    guard let (present, readable) = models(in: path) else { return }
    for name in registry.names where !present.contains(name) {
      registry.remove(name)
      complaints.forget(name)
      logger.notice("a model is gone", metadata: ["model": "\(name)"])
    }
    for name in readable { await lookAtModel(name, in: "\(path)/\(name)") }
  }

  /// - Returns: names of the models that are there, or may be, and of those that can be looked at; nil if the folder
  ///   says nothing of what should be served.
  private func models(in path: String) -> (present: [String], readable: [String])? {
    var wrong: [String: Complaint] = [:]
    // No model has an empty name.
    defer { complaints.update("", to: wrong) }
    do throws(SystemError) {
      // A missing folder is more likely a disk that is not mounted than the end of all models.
      guard let names = try files.names(in: path) else { throw SystemError(path, "opendir", ENOENT) }
      let present = names.filter { name in
        do throws(SystemError) { return try files.isFolder("\(path)/\(name)") } catch {
          wrong[name] = Complaint(servedOn: error)
          return true
        }
      }
      return (present, present.filter { wrong[$0] == nil })
    } catch {
      wrong[path] = Complaint(servedOn: error)
      return nil
    }
  }

  private func lookAtModel(_ name: String, in folder: String) async {
    let known = registry.model(name)
    var model = known ?? ServedModel(name: name)
    do throws(SystemError) {
      complaints.update(name, to: try await updater.update(&model, fromFolder: folder, isKnown: known != nil))
    } catch { return complaints.add(folder, Complaint(servedOn: error), to: name) }
    // A folder with nothing that speaks of versions is no model yet.
    let isEmpty =
      model.versions.isEmpty && model.refused.isEmpty && model.labels == labels && model.labelsError == nil
    if known != nil || !isEmpty { registry.replace(model) }
  }
}
