import Artifacts
import CanonicalJSON
import SystemFiles

/// Tells a command how a run ended. A command that fails costs a line, and never the run's exit code.
package struct Notification {
  let definition: NotifyDefinition
  /// The folder in which the command runs, and from which its path is seen: that of the pipeline file.
  let folder: String
  let signals: StopSignals

  /// After this time the command is ended.
  static let seconds = 30.0

  package init(_ definition: NotifyDefinition, folder: String, signals: StopSignals) {
    self.definition = definition
    self.folder = folder
    self.signals = signals
  }

  /// A line for each command that cannot be started, to be said while the run may still be stopped.
  package var problems: [String] {
    [("success", definition.success), ("failure", definition.failure)].compactMap { state, command in
      guard let name = command.first, program(name) == nil else { return nil }
      return "notify: no program \(name), so nobody will be told of \(state); \(Self.remedy)"
    }
  }

  private static let remedy = "give a path from the pipeline's folder, or a name on the PATH"

  /// Runs the command for this end of a run, if there is one.
  ///
  /// - Returns: what went wrong, in one line.
  package func tell(_ end: RunEnd) -> String? {
    let command = definition.command(for: end.state)
    guard let name = command.first else { return nil }
    guard let program = program(name) else { return "notify: no program \(name); \(Self.remedy)" }
    do { return try run(program, Array(command.dropFirst()), end) } catch { return "notify: \(name): \(error)" }
  }

  private func program(_ name: String) -> String? { ProcessEnvironment.find(name, from: folder) }

  private static let script = #"printf '%s\n' "$0" | "$@""#

  private func run(_ program: String, _ arguments: [String], _ end: RunEnd) throws -> String? {
    var variables = ProcessEnvironment.inherited
    variables["TANDEM_PIPELINE"] = end.pipeline
    variables["TANDEM_STATE"] = end.state
    variables["TANDEM_RUN"] = end.run ?? ""
    variables["TANDEM_RUN_FOLDER"] = end.folder.map { Files.absolutePath($0) } ?? ""
    // A child has nothing to read on its standard input; a shell gives it the event.
    var child = ChildProcess(
      program: "/bin/sh",
      arguments: ["-c", Self.script, RunEvent.runFinished(end).json.text, Files.absolutePath(program)] + arguments,
      environment: variables, folder: folder)
    child.timeoutSeconds = Self.seconds
    // What is wrong stands on standard error, and arrives in no order beside standard output.
    var (errors, rest) = (LineSplitter(), LineSplitter())
    var (lastError, lastOther) = ("", "")
    let outcome = try child.run(signals: signals) { stream, bytes in
      switch stream {
      case .error: errors.take(bytes) { lastError = $0 }
      case .output: rest.take(bytes) { lastOther = $0 }
      }
    }
    errors.flush { lastError = $0 }
    rest.flush { lastOther = $0 }
    let last = lastError.isEmpty ? lastOther : lastError
    if outcome.isSuccess { return nil }
    let how = outcome.isTimedOut ? "was ended after \(Int(Self.seconds)) s" : "failed (\(outcome.ending))"
    return "notify: \(program) \(how)\(last.isEmpty ? "" : ": \(last)")"
  }
}
