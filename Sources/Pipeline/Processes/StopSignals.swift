import Artifacts
import CSystemCalls
import Glibc
import SystemFiles

/// The signals INT, TERM and HUP as something to wait for. There is one, made on the main thread before any other
/// thread starts. Each signal that arrives is given once, to whoever asks first.
package final class StopSignals: Sendable {
  private let file: FileDescriptor

  package init() throws {
    let descriptor = cs_stop_signals()
    // A closed standard output must not end the runner.
    signal(SIGPIPE, SIG_IGN)
    guard descriptor >= 0 else { throw SystemError.system(operation: "watch for signals", code: errno) }
    file = FileDescriptor(descriptor)
  }

  var descriptor: Int32 { file.number }

  /// The next signal that has arrived, if any.
  func next() -> Int32? {
    let signal = cs_next_signal(file.number)
    return signal == 0 ? nil : signal
  }

  /// - Throws: `Stopped` if a signal has arrived.
  func check() throws {
    if let signal = next() { throw Stopped(signal: signal) }
  }
}

/// The run was asked to stop.
package struct Stopped: Interruption, CustomStringConvertible {
  package let signal: Int32

  package var description: String { "stopped by signal \(signal); run the same command again to continue" }
}
