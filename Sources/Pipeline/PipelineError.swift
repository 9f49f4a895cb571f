package import Artifacts
import Glibc
import SystemFiles

/// The reason why a run could not be made, or did not end well. What is wrong with the pipeline file is an
/// `InvalidPipeline`.
package enum PipelineError: Error {
  // Programs.
  case noPrograms(runner: String)
  case noStagesFolder(String)
  case noSwift
  case buildFailed(log: String, lines: [String])
  case sourcesChanging
  case notStarted(program: String, code: Int32)

  // Raw data.
  case storeInSource(source: String, path: String)
  case sourceMissing(source: String, path: String)
  case noServable(pipeline: String, store: String)
  case severalServables(paths: [String])
  case noTool(name: String, remedy: String)
  case fetchNotExecutable(source: String, script: String)
  case fetchFailed(source: String, script: String, ending: ProcessOutcome.Ending, log: String)
  case noCommand(source: String, program: String)
  case commandFailed(source: String, program: String, ending: ProcessOutcome.Ending, said: String, log: String)
  case commandSaidNothing(source: String, program: String, log: String)
  case fetchedNothing(source: String, script: String, path: String)
  case otherData(source: String, path: String, found: Digest)

  // Stages.
  case paramsRefused(stage: String, reason: String)
  case noUpstream(stage: String, upstream: String)
  case damagedInput(stage: String, input: String, reason: String, producer: String)
  case stageFailed(stage: String, ending: ProcessOutcome.Ending, said: String, log: String)
  case stageTimedOut(stage: String, timeout: String, log: String)
  case programChanged(stage: String, program: String)
  case outputMissing(stage: String, output: String)
  case outputUnusable(stage: String, output: String, reason: String)
  case outputUndeclared(stage: String, name: String)
}

extension PipelineError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .noPrograms(let runner):
      "\(runner) is neither installed nor in a checkout, so it does not know the stages; give --stages-dir"
    case .noStagesFolder(let path):
      "--stages-dir \(path): no such folder; give the one with the stages' programs, such as .build/release"
    case .noSwift: "no \"swift\" on the PATH, so the stages cannot be built; install Swift, or give --stages-dir"
    case .buildFailed(let log, let lines):
      (["building the stages failed; all of it is in \(log)"] + lines.map { "    \($0)" }).joined(separator: "\n")
    case .sourcesChanging: "the sources changed while they were built; run it again when nobody edits them"
    case .notStarted(let program, ENOEXEC):
      "\(program) is not a program for this machine; build it here, or begin a script with #!"
    case .notStarted(let program, let code): "\(program) cannot be started: \(systemMessage(code))"
    case .storeInSource(let source, let path):
      "the artifacts would lie in the source \(source), \(path), and change it in every run; keep them elsewhere, with "
        + "--artifacts or artifacts: in the pipeline"
    case .noServable(let pipeline, let store):
      "no stage of \"\(pipeline)\" has a servable in \(store); run the pipeline first"
    case .severalServables(let paths):
      "several stages have servables, \(paths.joined(separator: ", ")); name one to the tool itself"
    case .noTool(let name, let remedy): "there is no program \(name); \(remedy)"
    case .sourceMissing(let source, let path):
      "source \(source): \(path) does not exist, and the pipeline names no \"fetch\" or \"command\" for it; "
        + "put the data there"
    case .fetchNotExecutable(let source, let script):
      "source \(source): its \"fetch\", \(script), is not an executable file; make it one with chmod +x"
    case .fetchFailed(let source, let script, let ending, let log):
      "source \(source): \(script) failed (\(ending)); its full output is in \(log)"
    case .noCommand(let source, let program):
      "source \(source): its \"command\" needs \(program), and there is no such program; install it, or give its path"
    case .commandFailed(let source, let program, let ending, let said, let log):
      "source \(source): \(program) failed (\(ending))\(said.isEmpty ? "" : ": \(said)"); its messages are in \(log)"
    case .commandSaidNothing(let source, let program, let log):
      "source \(source): \(program) printed no data; it must print the data on standard output; "
        + "its messages are in \(log)"
    case .fetchedNothing(let source, let script, let path):
      "source \(source): \(script) exited with status 0 but did not write \(path); "
        + "a fetch puts the data at the path that is its argument"
    case .otherData(let source, let path, let found):
      "source \(source): \(path) has digest \(found.hexadecimal), which the pipeline does not expect; "
        + "move it away to fetch it again, or change \"digest\""
    case .paramsRefused(let stage, let reason): "\(stage): \(reason); nothing has run"
    case .noUpstream(let stage, let upstream):
      "\(stage) needs \(upstream), which was never made; run it without --only, or with --from \(upstream)"
    case .damagedInput(let stage, let input, let reason, let producer):
      "\(stage): its input \"\(input)\" is damaged: \(reason); make it again with --from \(producer)"
    case .stageFailed(let stage, let ending, let said, let log):
      "\(stage) failed (\(ending))\(said.isEmpty ? "" : ": \(said)"); its full output is in \(log)"
    case .stageTimedOut(let stage, let timeout, let log):
      "\(stage) was ended: it took longer than its timeout, \(timeout); "
        + "raise \"timeout\" if it needs longer; its full output is in \(log)"
    case .programChanged(let stage, let program):
      "\(stage): \(program) was changed while it ran, and what it made was not kept; run again"
    case .outputMissing(let stage, let output):
      "\(stage) exited with status 0 but did not write its output \"\(output)\"; "
        + "a program writes each output that --describe declares to the path of its option"
    case .outputUnusable(let stage, let output, let reason):
      "\(stage) exited with status 0, but its output \"\(output)\" cannot be used: \(reason); "
        + "correct the program"
    case .outputUndeclared(let stage, let name):
      "\(stage) left \"\(name)\" among its outputs, which it does not declare; "
        + "declare it in --describe, or write it to TMPDIR"
    }
  }
}
