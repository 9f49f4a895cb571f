import Synchronization

/// The models that are served. Readers get a version that stays whole however long they hold it.
package final class ModelRegistry: Sendable {
  private let models = Mutex<[String: ServedModel]>([:])

  package init() {}

  package enum Absence: Error, Equatable {
    case noModel(String)
    case noVersion(model: String, version: Int)
    case noLabel(model: String, label: String)
  }

  package var names: [String] { models.withLock { $0.keys.sorted() } }

  /// Whether every known model has a version to answer with, and there is one.
  package var isReady: Bool {
    models.withLock { !$0.isEmpty && $0.values.allSatisfy { $0.current != nil } }
  }

  package func model(_ name: String) -> ServedModel? { models.withLock { $0[name] } }

  package func version(_ choice: VersionChoice, of name: String) throws(Absence) -> ServedVersion {
    guard let model = model(name) else { throw .noModel(name) }
    switch choice {
    case .current:
      guard let version = model.current else { throw .noModel(name) }
      return version
    case .number(let number):
      guard let version = model.version(number) else { throw .noVersion(model: name, version: number) }
      return version
    case .label(let label):
      guard let version = model.labels[label].flatMap({ model.version($0) }) else {
        throw .noLabel(model: name, label: label)
      }
      return version
    }
  }

  /// Puts `model` in place of what its name stood for.
  package func replace(_ model: ServedModel) { models.withLock { $0[model.name] = model } }

  package func remove(_ name: String) { _ = models.withLock { $0.removeValue(forKey: name) } }
}
