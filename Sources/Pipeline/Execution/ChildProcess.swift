import Artifacts
import CSystemCalls
import Glibc
import SystemFiles

/// A program in a process group of its own, run to its end with what it prints handed on as it comes.
///
/// The group ends with the program, and the program with this process, however that dies.
package struct ChildProcess {
  package enum Stream { case output, error }

  package struct Outcome: Sendable {
    package var exitCode: Int32?
    package var signal: Int32?
    package var seconds: Double
    package var processorSeconds: Double
    package var peakBytes: Int
    /// The signal that this process got and passed on.
    package var stoppedBy: Int32?

    package var isSuccess: Bool { exitCode == 0 && stoppedBy == nil }

    package var ending: String {
      if let signal { return "killed by signal \(signal) (\(String(cString: strsignal(signal)).lowercased()))" }
      return "exit code \(exitCode ?? -1)"
    }
  }

  package enum Failure: Error, CustomStringConvertible {
    case notStarted(program: String, reason: Int32)

    package var description: String {
      switch self {
      case .notStarted(let program, let reason):
        reason == ENOEXEC
          ? "\(program) is not a program for this machine"
          : "\(program) cannot be started: \(systemMessage(reason))"
      }
    }
  }

  package var program: String
  package var arguments: [String]
  package var environment: [String: String]
  package var folder: String?
  /// Between the polite signal and the one that cannot be refused.
  package var graceSeconds = 5.0
  package var timeoutSeconds: Double?

  package init(program: String, arguments: [String], environment: [String: String], folder: String? = nil) {
    self.program = program
    self.arguments = arguments
    self.environment = environment
    self.folder = folder
  }

  private static let askingMilliseconds: Int32 = 50

  /// - Parameter receive: called with what the program prints, as it comes.
  package func run(signals: StopSignals, receive: (Stream, UnsafeRawBufferPointer) -> Void) throws -> Outcome {
    let (output, error) = (try Pipe(), try Pipe())
    let start = monotonicSeconds()
    let process = spawn(output.writer.number, error.writer.number)
    guard process > 0 else { throw Failure.notStarted(program: program, reason: -process) }
    try output.writer.close()
    try error.writer.close()
    // Where the kernel gives no handle, as without free descriptors, the child is asked for at times.
    let handle = cs_pidfd_open(process)
    defer { if handle >= 0 { close(handle) } }
    var streams: [(stream: Stream, pipe: Pipe)] = [(.output, output), (.error, error)]
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    var isRunning = true
    var deadline = timeoutSeconds.map { start + $0 }
    var stoppedBy: Int32?
    while isRunning || !streams.isEmpty {
      var polled = streams.map { pollfd(fd: $0.pipe.reader.number, events: Int16(POLLIN), revents: 0) }
      polled.append(pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0))
      if isRunning, handle >= 0 { polled.append(pollfd(fd: handle, events: Int16(POLLIN), revents: 0)) }
      var patience = deadline.map { Int32(max(0, ($0 - monotonicSeconds()) * 1000).rounded(.up)) } ?? -1
      if handle < 0 { patience = patience < 0 ? Self.askingMilliseconds : min(patience, Self.askingMilliseconds) }
      let ready = poll(&polled, nfds_t(polled.count), isRunning ? patience : 0)
      if ready < 0, errno != EINTR { throw SystemError.system(operation: "poll", code: errno) }
      if let signal = signals.next() {
        // Asked twice, there is no more waiting.
        kill(-process, stoppedBy == nil ? SIGTERM : SIGKILL)
        if stoppedBy == nil { deadline = monotonicSeconds() + graceSeconds }
        stoppedBy = signal
      }
      if let limit = deadline, monotonicSeconds() >= limit, isRunning {
        kill(-process, SIGKILL)
        deadline = nil
      }
      var isDrained = true
      for place in streams.indices.reversed() where polled[place].revents != 0 {
        let length = read(streams[place].pipe.reader.number, &buffer, buffer.count)
        if length > 0 {
          isDrained = false
          buffer.withUnsafeBytes { receive(streams[place].stream, UnsafeRawBufferPointer(rebasing: $0[..<length])) }
        } else if length == 0 || errno != EINTR && errno != EAGAIN {
          streams.remove(at: place)
        }
      }
      let hasEnded = handle < 0 ? cs_has_ended(process) != 0 : polled.last.map { $0.revents != 0 } == true
      if isRunning, hasEnded {
        isRunning = false
        // Whatever the program left behind goes with it.
        kill(-process, SIGKILL)
        continue
      }
      // Pipes that some escaped process still holds open are not waited for.
      if !isRunning, isDrained { break }
    }
    return try outcome(of: process, start: start, stoppedBy: stoppedBy)
  }

  private func outcome(of process: pid_t, start: Double, stoppedBy: Int32?) throws -> Outcome {
    var (status, user, system, peak): (Int32, Int, Int, Int) = (0, 0, 0, 0)
    guard cs_wait(process, &status, &user, &system, &peak) == 0 else {
      throw SystemError.system(operation: "wait", code: errno)
    }
    let signal = cs_signal(status)
    return Outcome(
      exitCode: cs_exited(status) != 0 ? cs_exit_code(status) : nil, signal: signal == 0 ? nil : signal,
      seconds: monotonicSeconds() - start, processorSeconds: Double(user + system) / 1e6, peakBytes: peak * 1024,
      stoppedBy: stoppedBy)
  }

  private func spawn(_ output: Int32, _ error: Int32) -> pid_t {
    withCStrings([program] + arguments) { arguments in
      withCStrings(environment.map { "\($0)=\($1)" }.sorted()) { environment in
        // The child may work in another folder.
        cs_spawn(rooted(program), arguments, environment, folder, output, error)
      }
    }
  }
}

/// A pipe, both ends closed in children.
private struct Pipe {
  let reader: FileDescriptor
  let writer: FileDescriptor

  init() throws(SystemError) {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw .system(operation: "pipe", code: errno) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    reader = FileDescriptor(ends[0])
    writer = FileDescriptor(ends[1])
  }
}

/// Calls `body` with the strings as C has them, ended by NULL.
private func withCStrings<Result>(
  _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
  var pointers = strings.map { strdup($0) } + [nil]
  defer { for pointer in pointers { free(pointer) } }
  return body(&pointers)
}

package func monotonicSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// All variables of this process; for what is outside of every cache key, such as a build or a download.
package func inheritedEnvironment() -> [String: String] {
  var variables: [String: String] = [:]
  var next = environ
  while let entry = next.pointee {
    let parts = String(cString: entry).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
    next += 1
  }
  return variables
}
