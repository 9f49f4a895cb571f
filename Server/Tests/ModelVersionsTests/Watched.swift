import ModelVersions

/// A server's watcher over a folder of models, whose looks, failures and log are the test's.
struct Watched {
  let registry = ModelRegistry()
  let files = FailingFiles()
  let openings = Openings()
  let log = RecordedLog()
  private let watcher: ModelWatcher
  /// Lives as long as what watches it.
  private let scratch: Scratch

  /// Looks once, as a server that starts does.
  init(
    _ scratch: Scratch, file: String? = nil, keep: Int = 2, labels: [String: Int] = [:],
    interval: Duration = .seconds(1), loaded: Bool = false, prepare: (Watched) -> Void = { _ in }
  ) async {
    self.scratch = scratch
    let openings = openings
    watcher = ModelWatcher(
      file.map { .file($0, name: "a") } ?? .folder(scratch.path), into: registry, keep: keep, labels: labels,
      interval: interval, loaded: loaded, logger: log.logger, files: files,
      open: { try openings.open($0, $1, $2) })
    prepare(self)
    await watcher.look()
  }

  func look(_ times: Int = 1) async { for _ in 0..<times { await watcher.look() } }

  /// Open versions of a model, newest first; nil if there is no such model.
  func versions(_ model: String = "a") -> [Int]? { registry.model(model)?.versions.map(\.number) }

  /// Which version answers, or why none does.
  func answer(_ choice: VersionChoice = .current, of model: String = "a") -> Answer {
    do throws(ModelRegistry.Absence) { return .version(try registry.version(choice, of: model).number) } catch {
      return .absence(error)
    }
  }

  enum Answer: Equatable {
    case version(Int)
    case absence(ModelRegistry.Absence)

    /// Why a promised version is not served.
    var reason: String? {
      guard case .absence(.notServed(_, let reason)) = self else { return nil }
      return reason
    }
  }
}
