/// The end of a program, and the resources that it used.
package struct ProcessOutcome: Sendable {
  /// The way a program ended.
  package enum Ending: Sendable, Equatable {
    case exited(code: Int32)
    case killed(signal: Int32)
  }

  package var ending: Ending
  package var seconds: Double
  /// Time of all processors together, user and system; nil if the executor does not know it.
  package var processorSeconds: Double?
  /// Largest resident memory; nil if the executor does not know it.
  package var peakBytes: Int?
  /// The signal that this process got and for which it ended the program.
  package var stoppedBy: Int32?
  /// `true` if it was ended since its time was up.
  package var isTimedOut: Bool

  package init(
    _ ending: Ending, seconds: Double, processorSeconds: Double? = nil, peakBytes: Int? = nil, stoppedBy: Int32? = nil,
    isTimedOut: Bool = false
  ) {
    self.ending = ending
    self.seconds = seconds
    self.processorSeconds = processorSeconds
    self.peakBytes = peakBytes
    self.stoppedBy = stoppedBy
    self.isTimedOut = isTimedOut
  }

  /// Adds what an earlier process of the same work took.
  mutating func add(_ earlier: ProcessOutcome) {
    seconds += earlier.seconds
    processorSeconds = processorSeconds.map { $0 + (earlier.processorSeconds ?? 0) } ?? earlier.processorSeconds
    peakBytes = [peakBytes, earlier.peakBytes].compactMap { $0 }.max()
  }

  package var isSuccess: Bool { ending == .exited(code: 0) && stoppedBy == nil }

  /// `true` if the next attempt may well succeed: the program said so by exit code 75 (EX_TEMPFAIL of sysexits.h), was
  /// killed by a signal, or took too long.
  var isTemporaryFailure: Bool {
    guard stoppedBy == nil else { return false }
    return isTimedOut || ending == .exited(code: 75) || ending.signal != nil
  }

  /// - Throws: `Stopped` if the program ended because the run was asked to stop.
  package func checkStopped() throws(Stopped) {
    if let signal = stoppedBy { throw Stopped(signal: signal) }
  }
}

extension ProcessOutcome.Ending: CustomStringConvertible {
  package var description: String {
    switch self {
    case .exited(let code): "exit code \(code)"
    case .killed(let signal): "killed by signal \(signal) (\(Host.name(ofSignal: signal)))"
    }
  }

  package var exitCode: Int32? { if case .exited(let code) = self { code } else { nil } }
  package var signal: Int32? { if case .killed(let signal) = self { signal } else { nil } }
}
