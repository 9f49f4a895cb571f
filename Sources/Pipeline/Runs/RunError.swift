/// The reason why something cannot be done with runs of the past.
package enum RunError: Error, Equatable {
  case noRun(String, store: String)
  case noRuns(pipeline: String, store: String)
  case severalRuns(String, [String])
  case tooFewRuns(String, finished: Int)
  case unreadable(String, store: String)
  case otherPipeline(String, pipeline: String)
  case noStage(String, there: [String])
  case isRunning(store: String)
  case notFinished(String, state: String)
  case versionGone(stage: String, version: String, reason: String)
  case nothingBefore
  case unsoundVersion(String, reason: String)
}

extension RunError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .noRun(let text, let store):
      "no run \"\(text)\" in \(store)/runs; give an identifier as runner history lists them, the beginning of one, "
        + "latest, or latest~1 for the one before"
    case .noRuns(let pipeline, let store):
      "\(store) has no record of a run of \"\(pipeline)\"; run the pipeline first"
    case .severalRuns(let text, let runs):
      "several runs begin with \"\(text)\", such as \(runs.joined(separator: ", ")); give more of the identifier"
    case .tooFewRuns(let text, let finished):
      "\(text): \(finished) run\(finished == 1 ? " has" : "s have") finished; runner history lists all runs"
    case .unreadable(let run, let store):
      "\(store)/runs/\(run)/run.json is missing or no record that this version reads; choose another run"
    case .otherPipeline(let run, let pipeline):
      "\(run) is a run of the pipeline \"\(pipeline)\"; name the file of that pipeline"
    case .noStage(let name, let there): "no stage \"\(name)\"\(suggestion(for: name, among: there))"
    case .isRunning(let store):
      "a run works in \(store), and what it reads must not change; try again when it has ended"
    case .notFinished(let run, let state):
      "\(run) is \(state), and only the versions of a finished run belong together; choose another run"
    case .versionGone(let stage, let version, let reason):
      "version \(version) of \(stage) cannot be used: \(reason); choose another run, or run the pipeline to make it again"
    case .nothingBefore:
      "no finished run used other versions than the latest ones; name the run to go back to"
    case .unsoundVersion(let path, let reason):
      "\(path) cannot be taken: \(reason); run the pipeline on that store to make it again, or name another"
    }
  }
}
