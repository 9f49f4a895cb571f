/// Something that happened in a run, for displays and other programs. Docs/reference/run-events.md has the fields.
package enum RunEvent: Sendable {
  case runStarted(RunStart)
  /// A decision about a stage, also of a dry run.
  case decided(stage: String, decision: Decision)
  /// An attempt to make a stage's outputs has begun.
  case started(stage: String, attempt: Int, log: String)
  /// A stage said how far it is, by a line that is shown where nothing is drawn.
  case progress(stage: String, StageProgress, line: String)
  /// Something is wrong, and the run goes on.
  case warning(stage: String?, text: String)
  /// A stage's entry in the record is complete.
  ///
  /// `lastLines` are the last that the program printed.
  case finished(RunRecord.Entry, lastLines: [String])
  case runFinished(RunEnd)
}

extension RunEvent {
  /// The event as it is shown where several runs are: names of stages, and lines, begin with `margin`.
  func after(_ margin: String) -> RunEvent {
    switch self {
    case .decided(let stage, let decision): return .decided(stage: margin + stage, decision: decision)
    case .started(let stage, let attempt, let log): return .started(stage: margin + stage, attempt: attempt, log: log)
    case .progress(let stage, let progress, let line):
      return .progress(stage: margin + stage, progress, line: margin + line)
    case .warning(let stage, let text):
      return stage.map { .warning(stage: margin + $0, text: text) } ?? .warning(stage: nil, text: margin + text)
    case .finished(var entry, let lastLines):
      entry.stage = margin + entry.stage
      return .finished(entry, lastLines: lastLines)
    case .runStarted, .runFinished: return self
    }
  }
}

/// The facts of a run at its start.
package struct RunStart: Sendable {
  package let run: String
  package let pipeline: String
  package let file: String
  package let folder: String
  package let stages: [String]
}

/// The end of a run, or of an attempt to begin one.
package struct RunEnd: Sendable {
  /// `nil` if the run did not begin, as without raw data.
  package var run: String?
  package var pipeline: String
  /// "finished", "failed" or "stopped".
  package var state: String
  /// The number of stages that ran.
  package var ran = 0
  package var seconds = 0.0
  package var failure: String?
  /// The folder of the record and the logs.
  package var folder: String?

  package init(pipeline: String, failure: any Error) {
    self.pipeline = pipeline
    state = failure is Stopped ? "stopped" : "failed"
    self.failure = "\(failure)"
  }

  package init(_ record: RunRecord, failure: (any Error)? = nil) {
    run = record.identifier
    pipeline = record.pipeline
    state = failure == nil ? "finished" : failure is Stopped ? "stopped" : "failed"
    ran = record.entries.filter { ["made", "kept", "failed"].contains($0.result) }.count
    seconds = record.seconds
    self.failure = failure.map { "\($0)" }
    folder = record.folder
  }
}

extension PipelineRun {
  /// The first event of a run.
  package func start(of record: RunRecord) -> RunEvent {
    .runStarted(
      RunStart(
        run: record.identifier, pipeline: record.pipeline, file: record.file, folder: record.folder,
        stages: pipeline.stages.map(\.name)))
  }

  /// Says something that those who read nothing else have to know.
  func warn(_ text: String, stage: String? = nil) {
    say("       \(text)")
    options.observe(.warning(stage: stage, text: text))
  }
}
