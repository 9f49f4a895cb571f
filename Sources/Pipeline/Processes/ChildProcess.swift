import Artifacts
import CSystemCalls
import Glibc
import SystemFiles

/// A program under a supervisor, run to its end; its output is passed on as it arrives.
///
/// All that it started ends with the program, and the program with this process, however that dies.
package struct ChildProcess {
  /// A stream that the program writes.
  package enum Stream { case output, error }

  package var program: String
  package var arguments: [String]
  package var environment: [String: String]
  package var folder: String?
  /// The seconds between the polite signal and the one that cannot be refused.
  package var graceSeconds = 5.0
  /// The time after which the program is asked to end; no limit if not given.
  package var timeoutSeconds: Double?

  package init(program: String, arguments: [String], environment: [String: String], folder: String? = nil) {
    self.program = program
    self.arguments = arguments
    self.environment = environment
    self.folder = folder
  }

  /// Runs the program and waits for its end.
  ///
  /// - Parameter receive: called with the program's output as it arrives.
  /// - Throws: `PipelineError.notStarted` if the program cannot be started; `SystemError` if the system cannot watch
  ///   it.
  package func run(signals: StopSignals, receive: (Stream, [UInt8]) -> Void) throws -> ProcessOutcome {
    var child = try RunningChild(self)
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while child.isRunning || !child.streams.isEmpty {
      let ready = try child.wait(for: signals)
      child.heed(signals, grace: graceSeconds)
      child.enforceDeadline(grace: graceSeconds)
      let isDrained = !child.read(ready.streams, into: &buffer, receive: receive)
      if child.isRunning, ready.hasEnded {
        child.end()
      } else if !child.isRunning, isDrained {
        // Pipes that some escaped process still holds open are not waited for.
        break
      }
    }
    return try child.outcome()
  }
}

/// A child from its start until it is waited for.
///
/// Unsafe for the C functions that start the child, poll its pipes and wait for it.
private struct RunningChild {
  private let supervisor: pid_t
  private let process: pid_t
  /// A pipe that becomes readable once the child has ended.
  private let report: FileDescriptor
  /// Takes signals for the child's group.
  private let control: FileDescriptor
  private let start = ContinuousClock.now
  private var deadline: ContinuousClock.Instant?
  private var stoppedBy: Int32?
  /// Number of this process' signals that were passed on to the child.
  private var heeded = 0
  private var isTimedOut = false
  private(set) var isRunning = true
  private(set) var streams: [(stream: ChildProcess.Stream, pipe: Pipe)]
  /// How the child ended; `nil` as long as it runs, and where its supervisor was killed.
  private var ending: Ending?

  private struct Ending {
    var (status, user, system, peak): (Int32, Int, Int, Int) = (0, 0, 0, 0)
  }

  init(_ child: ChildProcess) throws {
    let (output, error) = (try Pipe(), try Pipe())
    var (ends, process): ([Int32], Int32) = ([-1, -1], 0)
    supervisor = unsafe withCStrings([child.program] + child.arguments) { arguments in
      let variables = child.environment.merging([Orphans.variable: Orphans.marker]) { $1 }
      return unsafe withCStrings(variables.map { "\($0)=\($1)" }.sorted()) { environment in
        // The child may work in another folder.
        unsafe cs_spawn(
          Files.absolutePath(child.program), arguments, environment, child.folder, output.writer.number,
          error.writer.number, &ends, &process)
      }
    }
    guard supervisor > 0 else { throw PipelineError.notStarted(program: child.program, code: -supervisor) }
    self.process = process
    (report, control) = (FileDescriptor(ends[0]), FileDescriptor(ends[1]))
    try output.writer.close()
    try error.writer.close()
    streams = [(.output, output), (.error, error)]
    deadline = child.timeoutSeconds.map { start + .seconds($0) }
  }

  /// Waits until the child prints or ends, a signal arrives or the deadline passes.
  ///
  /// - Returns: which of `streams` can be read, and whether the child has ended.
  func wait(for signals: StopSignals) throws(SystemError) -> (streams: [Bool], hasEnded: Bool) {
    // The system passes over descriptors below zero.
    let descriptors =
      streams.map(\.pipe.reader.number) + signals.descriptors(after: heeded) + [isRunning ? report.number : -1]
    var polled = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    guard unsafe poll(&polled, nfds_t(polled.count), isRunning ? patience : 0) >= 0 || errno == EINTR else {
      throw .system(operation: "poll", code: errno)
    }
    return (polled.prefix(streams.count).map { $0.revents != 0 }, polled.last.map { $0.revents != 0 } == true)
  }

  private var patience: Int32 {
    deadline.map { Int32(max(0, ($0 - .now) / .milliseconds(1)).rounded(.up)) } ?? -1
  }

  private func send(_ signal: Int32) {
    var byte = UInt8(signal)
    // A supervisor that is gone has ended the child.
    _ = unsafe write(control.number, &byte, 1)
  }

  /// Asks the group to end at the first signal, and ends it at the second.
  mutating func heed(_ signals: StopSignals, grace: Double) {
    for signal in signals.received.dropFirst(heeded) {
      heeded += 1
      guard isRunning else { continue }
      send(stoppedBy == nil ? SIGTERM : SIGKILL)
      if stoppedBy == nil { deadline = .now + .seconds(grace) }
      stoppedBy = signal
    }
  }

  /// Asks the group to end at its time limit, and ends one that was asked and had its grace.
  mutating func enforceDeadline(grace: Double) {
    guard isRunning, let limit = deadline, .now >= limit else { return }
    if stoppedBy == nil, !isTimedOut {
      isTimedOut = true
      send(SIGTERM)
      deadline = .now + .seconds(grace)
    } else {
      send(SIGKILL)
      deadline = nil
    }
  }

  /// Reads once from every stream that is ready, and drops those at their end.
  ///
  /// - Returns: `true` if there was something to read.
  mutating func read(
    _ ready: [Bool], into buffer: inout [UInt8], receive: (ChildProcess.Stream, [UInt8]) -> Void
  ) -> Bool {
    var hasRead = false
    for place in streams.indices.reversed() where ready[place] {
      let length = unsafe Glibc.read(streams[place].pipe.reader.number, &buffer, buffer.count)
      if length > 0 {
        hasRead = true
        receive(streams[place].stream, Array(buffer[..<length]))
      } else if length == 0 || errno != EINTR && errno != EAGAIN {
        streams.remove(at: place)
      }
    }
    return hasRead
  }

  /// Notes how the child ended. Its supervisor ends whatever it left behind.
  mutating func end() {
    isRunning = false
    var ending = Ending()
    let isTold =
      unsafe cs_ending(report.number, &ending.status, &ending.user, &ending.system, &ending.peak) == 0
    self.ending = isTold ? ending : nil
  }

  /// Waits for the supervisor, after which nothing of the child is left.
  func outcome() throws(SystemError) -> ProcessOutcome {
    // Somebody killed the supervisor, and the child with it.
    if ending == nil { kill(-process, SIGKILL) }
    var status: Int32 = 0
    guard unsafe cs_wait(supervisor, &status) == 0 else { throw .system(operation: "wait", code: errno) }
    let (user, system, peak) = (ending?.user ?? 0, ending?.system ?? 0, ending?.peak ?? 0)
    status = ending?.status ?? status
    let signal = cs_signal(status)
    return ProcessOutcome(
      signal == 0 ? .exited(code: cs_exit_code(status)) : .killed(signal: signal),
      seconds: (ContinuousClock.now - start) / .seconds(1), processorSeconds: Double(user + system) / 1e6,
      peakBytes: peak * 1024, stoppedBy: stoppedBy, isTimedOut: isTimedOut)
  }
}

/// Calls `body` with the strings as C has them, ended by NULL.
private func withCStrings<Result>(
  _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
  var pointers = unsafe strings.map { unsafe strdup($0) } + [nil]
  defer { for place in unsafe pointers.indices { unsafe free(pointers[place]) } }
  return unsafe body(&pointers)
}
