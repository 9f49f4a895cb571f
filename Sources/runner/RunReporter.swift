import DisplayText
import Pipeline
import RunDisplay
import SystemFiles

/// Reports a run to people and programs: on standard error, on standard output and by a command at its end.
struct RunReporter: Sendable {
  let console: RunConsole
  /// `nil` if standard output is for people.
  let events: EventStream?
  let notification: Notification
  let pipeline: String
  let isQuiet: Bool

  var say: @Sendable (String) -> Void { { [console] in console.say($0) } }

  var observe: @Sendable (RunEvent) -> Void {
    { [console, events] event in
      console.observe(event)
      events?.write(event)
    }
  }

  /// Runs `body`, and reports how it ended.
  ///
  /// - Parameter body: sets the record as soon as there is one.
  func reporting(_ body: (inout RunRecord?) throws -> Void) throws -> RunRecord? {
    for problem in notification.problems { StandardError.write(line: problem) }
    var record: RunRecord?
    do { try body(&record) } catch {
      finish(record.map { RunEnd($0, failure: error) } ?? RunEnd(pipeline: pipeline, failure: error))
      throw error
    }
    if let record { finish(RunEnd(record)) }
    try events?.close()
    return record
  }

  private func finish(_ end: RunEnd) {
    observe(.runFinished(end))
    console.close()
    if let problem = notification.tell(end) { StandardError.write(line: problem) }
  }

  /// Prints the report of a run that finished.
  func report(_ record: RunRecord?, of pipeline: CheckedPipeline) throws {
    guard let record, events == nil else { return }
    let report = RunReport(record)
    let next = NextSteps(record: record, pipeline: pipeline)
    print((isQuiet ? report.briefLines : report.lines + [""] + next.lines).joined(separator: "\n"))
  }

  /// Prints a plan.
  func show(_ steps: [PipelineRun.Step]) throws {
    console.close()
    for step in steps { events?.write(.decided(stage: step.stage, decision: step.decision)) }
    if events == nil {
      for line in alignedColumns(steps.map { [$0.decision.word, $0.stage, $0.decision.explanation] }) { print(line) }
    }
    try events?.close()
  }
}
