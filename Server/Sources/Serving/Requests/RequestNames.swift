import Synchronization

/// Names requests that bring none: a number of the process and one of the request.
final class RequestNames: Sendable {
  private let process = RequestNames.digits(UInt64.random(in: 0...(.max)))
  private let count = Atomic<UInt64>(0)

  func next() -> String { process + Self.digits(count.wrappingAdd(1, ordering: .relaxed).newValue) }

  /// Sixteen, hexadecimal.
  private static func digits(_ number: UInt64) -> String {
    String(unsafeUninitializedCapacity: 16) { bytes in
      for place in 0..<16 {
        let digit = UInt8(truncatingIfNeeded: number >> UInt64(60 - 4 * place)) & 15
        bytes[place] = digit + (digit < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)
      }
      return 16
    }
  }
}
