import Glibc
import Synchronization
import SystemFiles

/// Values that threads hand to one that waits for them.
final class Mailbox<Value: Sendable>: Sendable {
  private let values = Mutex<[Value]>([])
  private let pipe: Pipe

  init() throws { pipe = try Pipe() }

  func put(_ value: Value) {
    values.withLock { $0.append(value) }
    var signal: UInt8 = 1
    while unsafe write(pipe.writer.number, &signal, 1) < 0, errno == EINTR { continue }
  }

  /// Waits for a value, and takes the oldest.
  func take() -> Value {
    while true {
      if let value = values.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { return value }
      var polled = [pollfd(fd: pipe.reader.number, events: Int16(POLLIN), revents: 0)]
      _ = unsafe poll(&polled, 1, -1)
      var signal: UInt8 = 0
      _ = unsafe read(pipe.reader.number, &signal, 1)
    }
  }
}
