/// Runs the commands of stages: on this machine, or on others that see the same files.
///
/// Another executor is one file beside `LocalExecutor.swift`. Everything else about a stage is done by `StageRun`,
/// wherever the command runs: its log, the check that its inputs stood still, and the publication of its outputs.
package protocol Executor: Sendable {
  /// Runs a command and waits for its end. What it wrote into `command.staging` can be read when this returns.
  ///
  /// - Parameters:
  ///   - signals: when one arrives, the command is ended, and the outcome names the signal as `stoppedBy`.
  ///   - output: called with the program's output of both streams, in the order of arrival.
  /// - Throws: if the command could not be started or waited for; a program that fails is an outcome.
  func run(_ command: StageCommand, signals: StopSignals, output: ([UInt8]) -> Void) throws -> ProcessOutcome
}
