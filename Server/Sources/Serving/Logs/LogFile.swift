import Dispatch
import Glibc
import Synchronization

/// The file that lines of the log go to: standard error, or one that can be opened anew.
///
/// A log that cannot be written, because a disk is full or nobody reads a pipe, neither ends the server nor holds it up: lines are
/// written on a thread of their own, and what finds no place in the queue, or cannot be written, is counted as lost.
package final class LogFile: Sendable {
  package enum Failure: Error, CustomStringConvertible {
    case unwritable(path: String, code: Int32)

    package var description: String {
      switch self {
      case .unwritable(let path, let code):
        "\(path): the log cannot be written there: \(String(cString: strerror(code)))"
      }
    }
  }

  /// Seconds in which a pipe must take some of a line.
  private static let longestWait = 5
  /// Bytes of lines that wait to be written.
  private static let longestQueue = 4 << 20

  private let path: String?
  private let descriptor: Mutex<Int32>
  private let queue = DispatchQueue(label: "log")
  private let waiting = Atomic(0)
  private let lost = Atomic(0)
  /// `true` where a line was written in part, so that the next begins a line of its own.
  private let isTorn = Atomic(false)

  /// - Parameter path: nil for standard error.
  /// - Throws: `Failure` if the file cannot be opened.
  package init(path: String? = nil) throws {
    self.path = path
    // A reader of standard error who goes away would end the process.
    signal(SIGPIPE, SIG_IGN)
    descriptor = Mutex(try path.map { try Self.open($0) } ?? STDERR_FILENO)
  }

  /// Lines that were not written, or not whole.
  package var linesLost: Int { lost.load(ordering: .relaxed) }

  /// Opens the file again, whose path may lead to another one now: what rotates logs asks for it.
  ///
  /// - Throws: `Failure`; lines then go where they went.
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
    guard descriptor >= 0 else { throw Failure.unwritable(path: path, code: errno) }
    return descriptor
  }

  /// Writes a line with its end, soon.
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

  /// - Returns: bytes that were written, all unless that failed.
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

  /// Says something on standard error before there is a log, or when there is none any more; where that cannot be written
  /// nothing else can be done.
  package static func complain(_ text: String) {
    signal(SIGPIPE, SIG_IGN)
    _ = write(Array("\(text)\n".utf8), to: STDERR_FILENO)
  }

  /// Waits for what was said to be written, so long at most.
  package func finish(within limit: DispatchTimeInterval) {
    let done = DispatchSemaphore(value: 0)
    queue.async { done.signal() }
    _ = done.wait(timeout: .now() + limit)
  }
}
