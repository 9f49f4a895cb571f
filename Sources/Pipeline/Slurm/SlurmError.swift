/// The reason why a run on a Slurm cluster could not be submitted, watched or cancelled, or did not end well.
package enum SlurmError: Error, Equatable {
  case noProgram(String)
  /// A command of Slurm's failed with these words.
  case failed(command: String, said: String)
  /// The controller does not answer, and may do so later.
  case unreachable(said: String)
  case noIdentifier(said: String)
  case stageFailed(String)
  case cancelled(run: String)
  case notOnCluster(run: String)
  case noneUnderWay(pipeline: String)
  case localOption(String)
  case noEvents
  case nothingToDetach
  case noNumber(variable: String, text: String)
}

extension SlurmError {
  /// `true` if nothing failed, but somebody ended the run.
  package var isCancellation: Bool { if case .cancelled = self { true } else { false } }
}

extension SlurmError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .noProgram(let name):
      "no \"\(name)\" on the PATH; run on a machine that submits to Slurm, or with --executor local"
    case .failed(let command, let said): "\(command) failed: \(said)"
    case .unreachable(let said): "Slurm does not answer: \(said); try again later"
    case .noIdentifier(let said): "sbatch gave no number of a job but \"\(said)\"; is it Slurm's?"
    case .stageFailed(let failure): failure
    case .cancelled(let run): "\(run) was cancelled; run the same command again to continue"
    case .notOnCluster(let run): "\(run) does not run on a cluster; stop it with Ctrl-C where it runs"
    case .noneUnderWay(let pipeline):
      "no run of \"\(pipeline)\" is on a cluster; runner history lists all runs, of which one can be named"
    case .localOption(let option):
      "\(option) is about stages on this machine; on Slurm write resources: { cpus: N, memory: SIZE } in each stage"
    case .noEvents:
      "--json tells of stages on this machine; on Slurm leave it out, and ask runner status FILE --json"
    case .nothingToDetach:
      "--detach is for jobs of a cluster; give --executor slurm too, or write executor: slurm in the pipeline"
    case .noNumber(let variable, let text):
      "\(variable) is \"\(text)\"; give the least and the most seconds between two questions, such as 2,30"
    }
  }
}
