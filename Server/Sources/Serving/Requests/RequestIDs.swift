import Synchronization

/// Names requests that bring none: a number of the process and one of the request, hexadecimal.
final class RequestNames: Sendable {
  private let process = String(UInt64.random(in: 0...(.max)), radix: 16)
  private let count = Atomic<UInt64>(0)

  func next() -> String {
    process + "-" + String(count.wrappingAdd(1, ordering: .relaxed).newValue, radix: 16)
  }
}
