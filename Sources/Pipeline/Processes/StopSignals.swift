import Artifacts
import CSystemCalls
import Glibc
import Synchronization
import SystemFiles

/// The signals INT, TERM and HUP as something to wait for. All who ask see every signal that has arrived, so that
/// several programs are stopped by one.
///
/// Half a second after the second signal, or at the third, the process ends wherever it is, even while it reads a large
/// file or writes to a pipe that nobody reads. Nothing is lost by that: what stages started ends with the process, and
/// what is not published was not made.
package final class StopSignals: Sendable {
  private let file: FileDescriptor
  private let arrived = Mutex<[Int32]>([])
  /// Pipes whose writers are closed once the first signal, and the second, has arrived: they stay readable, where the
  /// signals themselves can be read only once.
  private let gates: [Pipe]

  package init() throws {
    let descriptor = cs_stop_signals()
    // A closed standard output must not end the runner.
    signal(SIGPIPE, SIG_IGN)
    guard descriptor >= 0 else { throw SystemError.system(operation: "watch for signals", code: errno) }
    file = FileDescriptor(descriptor)
    gates = [try Pipe(), try Pipe()]
  }

  /// The descriptors to poll until more than `count` signals have arrived; a third signal changes nothing.
  func descriptors(after count: Int) -> [Int32] {
    count < gates.count ? [file.number, gates[count].reader.number] : []
  }

  /// All signals that have arrived, the first first.
  var received: [Int32] {
    arrived.withLock { arrived in
      while true {
        let signal = cs_next_signal(file.number)
        guard signal != 0 else { return arrived }
        if arrived.count < gates.count { try? gates[arrived.count].writer.close() }
        arrived.append(signal)
      }
    }
  }

  /// - Throws: `Stopped` if a signal has arrived.
  package func check() throws {
    if let signal = received.first { throw Stopped(signal: signal) }
  }

  /// Waits, unless a signal arrives.
  package func sleep(seconds: Double) throws {
    var polled = descriptors(after: 0).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    _ = unsafe poll(&polled, nfds_t(polled.count), Int32(seconds * 1000))
    try check()
  }
}

/// The run was asked to stop.
package struct Stopped: Interruption, CustomStringConvertible {
  package let signal: Int32

  package var description: String { "stopped by signal \(signal); run the same command again to continue" }
}
