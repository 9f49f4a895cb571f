/// Runs each command as a child of this process, with which all that it started ends.
package struct LocalExecutor: Executor {
  package init() {}

  package func run(
    _ command: StageCommand, signals: StopSignals, output: ([UInt8]) -> Void
  ) throws -> ProcessOutcome {
    var child = ChildProcess(
      program: command.program, arguments: command.arguments, environment: command.environment)
    child.timeoutSeconds = command.timeoutSeconds.map { Double($0) }
    return try child.run(signals: signals) { _, bytes in output(bytes) }
  }
}
