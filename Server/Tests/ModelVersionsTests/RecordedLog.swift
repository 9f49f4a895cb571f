import Logging
import Synchronization

/// Keeps what was logged.
final class RecordedLog: Sendable {
  private let lines = Mutex<[String]>([])

  /// The lines since this was asked last; facts follow a message in the order of their names.
  func take() -> [String] {
    lines.withLock { lines in
      defer { lines = [] }
      return lines
    }
  }

  var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

  private struct Handler: LogHandler {
    let log: RecordedLog
    var logLevel = Logger.Level.trace
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      let facts = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
      log.lines.withLock { $0.append("\(event.level): \(event.message)\(facts)") }
    }
  }
}
