import Synchronization

/// The served models. Readers get a version that stays valid as long as they hold it.
package final class ModelRegistry: Sendable {
  private let models = Mutex<[String: ServedModel]>([:])

  package init() {}

  /// The reason why no version answers.
  package enum Absence: Error, Equatable {
    case noModel(String)
    case noVersion(model: String, version: Int)
    case noLabel(model: String, label: String)
    /// The label's version is not served, or unknown.
    case notServed(model: String, reason: String)
  }

  package var names: [String] { models.withLock { $0.keys.sorted() } }

  /// The sorted names of the models that answer requests without a version.
  package var answering: [String] { models.withLock { $0.values.filter(\.isReady).map(\.name).sorted() } }

  /// `true` if at least one model answers: a broken model does not make the server unready.
  package var isReady: Bool { models.withLock { $0.values.contains { $0.isReady } } }

  package func model(_ name: String) -> ServedModel? { models.withLock { $0[name] } }

  package func version(_ choice: VersionChoice, of name: String) throws(Absence) -> ServedVersion {
    guard let model = model(name) else { throw .noModel(name) }
    switch choice {
    case .current:
      if let version = model.current { return version }
      guard let reason = model.reason(against: ServedModel.defaultLabel) else { throw .noModel(name) }
      throw .notServed(model: name, reason: reason)
    case .number(let number):
      guard let version = model.version(number) else { throw .noVersion(model: name, version: number) }
      return version
    case .label(let label):
      if let version = model.labels[label].flatMap({ model.version($0) }) { return version }
      guard let reason = model.reason(against: label) else { throw .noLabel(model: name, label: label) }
      throw .notServed(model: name, reason: reason)
    }
  }

  /// Adds a model, replacing one of the same name.
  package func replace(_ model: ServedModel) { models.withLock { $0[model.name] = model } }

  package func remove(_ name: String) { _ = models.withLock { $0.removeValue(forKey: name) } }
}
