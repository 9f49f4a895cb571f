import Logging
import Synchronization

/// A logger for events that may happen thousands of times a second: logs at most one in an interval, with their count.
final class RareLog: Sendable {
  private struct State {
    var last: ContinuousClock.Instant?
    var unsaid = 0
  }

  private let logger: Logger
  private let interval: Duration
  private let state = Mutex(State())

  init(_ logger: Logger, every interval: Duration) {
    self.logger = logger
    self.interval = interval
  }

  func error(_ message: Logger.Message, metadata: Logger.Metadata) {
    let count: Int? = state.withLock { state in
      state.unsaid += 1
      let now = ContinuousClock.now
      guard state.last.map({ now - $0 >= interval }) ?? true else { return nil }
      defer { state.unsaid = 0 }
      state.last = now
      return state.unsaid
    }
    guard let count else { return }
    logger.error(message, metadata: metadata.merging(["times": "\(count)"]) { $1 })
  }
}
