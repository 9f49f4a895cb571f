import CanonicalJSON
import Glibc
package import Pipeline
import Synchronization
import SystemFiles

/// Events as JSON on standard output, one object a line, each written at once.
package final class EventStream: Sendable {
  private let failure = Mutex<SystemError?>(nil)
  private let output = FileDescriptor(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3))

  package init() {}

  package func write(_ event: RunEvent) {
    let bytes = Array("\(event.json.text)\n".utf8)
    failure.withLock { failure in
      guard failure == nil else { return }
      do throws(SystemError) { try ReaderOutput.write(bytes, to: output.number) } catch { failure = error }
    }
  }

  /// - Throws: the first failure of a write, which does not stop a run.
  package func close() throws {
    if let failure = failure.withLock({ $0 }) { throw FileError("standard output", failure) }
  }
}
