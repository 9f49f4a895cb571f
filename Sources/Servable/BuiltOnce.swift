import Synchronization

/// What takes long to make and is kept once somebody asked for it.
final class BuiltOnce<Value: Sendable>: Sendable {
  private let built = Mutex<Value?>(nil)

  /// The value; others who ask meanwhile wait for the first who builds it.
  func value(_ build: () throws -> Value) rethrows -> Value {
    try built.withLock { built in
      if let built { return built }
      let value = try build()
      built = value
      return value
    }
  }
}
