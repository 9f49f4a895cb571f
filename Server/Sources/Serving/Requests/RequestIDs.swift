import Synchronization

/// Makes request ids for requests without an `X-Request-Id`: a random number of the process and a counter, hexadecimal.
final class RequestIDs: Sendable {
  private let process = String(UInt64.random(in: 0...(.max)), radix: 16)
  private let count = Atomic<UInt64>(0)

  func next() -> String {
    process + "-" + String(count.wrappingAdd(1, ordering: .relaxed).newValue, radix: 16)
  }
}
