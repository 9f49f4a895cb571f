import Dispatch
import Glibc
import Synchronization

/// The file of the log: standard error, or one that can be reopened.
///
/// A log that cannot be written, because a disk is full or nobody reads a pipe, neither ends nor delays the server:
/// lines are written on a thread of their own, and lines that do not fit into the queue, or cannot be written, are
/// counted as lost.
package final class LogFile: Sendable {
  /// The seconds in which a pipe must take some of a line.
  private static let longestWait = 5
  /// The size of the lines that wait to be written, in bytes.
  private static let longestQueue = 4 << 20

  private let path: String?
  private let descriptor: Mutex<Int32>
  private let queue = DispatchQueue(label: "log")
  private let waiting = Atomic(0)
  private let lost = Atomic(0)
  /// `true` if a line was written in part, so that the next must begin with a line break.
  private let isTorn = Atomic(false)

  /// Opens the log.
  ///
  /// - Parameter path: `nil` for standard error.
  /// - Throws: `ServingError` if the file cannot be opened.
  package init(path: String? = nil) throws {
    self.path = path
    // A reader of standard error who goes away would end the process.
    signal(SIGPIPE, SIG_IGN)
    descriptor = Mutex(try path.map { try Self.open($0) } ?? STDERR_FILENO)
  }

  /// The number of lines that were not written, or not whole.
  package var linesLost: Int { lost.load(ordering: .relaxed) }

  /// Opens the file at the path again, after a rotation of logs.
  ///
  /// - Throws: `ServingError`; lines then go to the old file.
  package func reopen() throws {
    guard let path else { return }
    let new = try Self.open(path)
    let old = descriptor.withLock { descriptor in
      defer { descriptor = new }
      return descriptor
    }
    // After what was written to it before.
    queue.async { close(old) }
  }

  private static func open(_ path: String) throws -> Int32 {
    // Non-blocking, so that a pipe without a reader holds nobody.
    let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw ServingError.unwritableLog(path: path, code: errno) }
    return descriptor
  }

  /// Queues a line, with its line break, to be written.
  package func write(_ line: [UInt8]) {
    guard waiting.wrappingAdd(line.count, ordering: .relaxed).newValue <= Self.longestQueue else {
      waiting.wrappingSubtract(line.count, ordering: .relaxed)
      lost.wrappingAdd(1, ordering: .relaxed)
      return
    }
    queue.async { [self] in
      defer { waiting.wrappingSubtract(line.count, ordering: .relaxed) }
      // Read here, so that nothing is written to what was closed.
      let target = descriptor.withLock { $0 }
      let wasTorn = isTorn.load(ordering: .relaxed)
      let bytes = wasTorn ? [UInt8(ascii: "\n")] + line : line
      let written = Self.write(bytes, to: target)
      isTorn.store(written < bytes.count && (written > 0 || wasTorn), ordering: .relaxed)
      guard written < bytes.count else { return }
      let isFirst = lost.wrappingAdd(1, ordering: .relaxed).oldValue == 0
      if isFirst, let path { Self.complain("serve: \(path): the log cannot be written there; lines are lost") }
    }
  }

  /// Writes bytes and returns how many were written; fewer than all if writing failed.
  private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int {
    bytes.withUnsafeBytes { bytes in
      var (done, waits) = (0, 0)
      while done < bytes.count {
        let count = Glibc.write(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
        if count > 0 {
          done += count
        } else if count < 0, errno == EAGAIN, waits < longestWait {
          waits += 1
          var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          _ = poll(&wanted, 1, 1_000)
        } else if count == 0 || errno != EINTR {
          break
        }
      }
      return done
    }
  }

  /// Writes a line to standard error, for faults without a log; failures are ignored.
  package static func complain(_ text: String) {
    signal(SIGPIPE, SIG_IGN)
    _ = write(Array("\(text)\n".utf8), to: STDERR_FILENO)
  }

  /// Waits until the queued lines are written, at most for a duration.
  package func finish(within limit: DispatchTimeInterval) {
    let done = DispatchSemaphore(value: 0)
    queue.async { done.signal() }
    _ = done.wait(timeout: .now() + limit)
  }
}
