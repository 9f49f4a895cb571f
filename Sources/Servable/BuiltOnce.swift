import Synchronization

/// A value that is expensive to build, built at its first use and kept.
final class BuiltOnce<Value: Sendable>: Sendable {
  private let built = Mutex<Value?>(nil)

  /// Returns the value; concurrent callers wait for the first, which builds it.
  func value(_ build: () throws -> Value) rethrows -> Value {
    try built.withLock { built in
      if let built { return built }
      let value = try build()
      built = value
      return value
    }
  }
}
