import Artifacts
import SystemFiles

/// The script and the options by which a stage of a plan becomes a job, or the blocks of its work an array of jobs.
struct JobScript {
  let plan: FrozenPlan
  let stage: FrozenPlan.Stage
  /// The seconds for which the job looks for its inputs.
  let patience: Double
  /// `true` if each task of an array does a block of the stage's work, by its number.
  var isOfBlocks = false

  var path: String { "\(plan.folder)/\(stage.name)\(isOfBlocks ? ".blocks" : "").sh" }

  /// Writes the script, which is the same for every submission.
  func publish() throws {
    try Files.publish(Array(text.utf8), to: path, replacing: true, mode: 0o755, isDurable: false)
  }

  /// The runner takes the place of the shell, so that it gets the signals itself and its exit code is the job's. It sees
  /// nothing of the environment of the host.
  private var text: String {
    let inherited = ProcessEnvironment.inherited
    var variables = ["LANG=C.UTF-8"]
    for name in ["PATH", "HOME", "TANDEM_SIMD"] {
      if let value = inherited[name] { variables.append("\(name)=\(value)") }
    }
    let words = [
      ProgramFinder.runner, "stage", "--plan", plan.path, "--stage", stage.name, "--wait",
      "\(Int(patience.rounded(.up)))",
    ]
    let block = isOfBlocks ? " --block \"$SLURM_ARRAY_TASK_ID\"" : ""
    return """
      #!/bin/sh
      exec env -i \(variables.map(\.shellWord).joined(separator: " ")) TMPDIR="${TMPDIR:-/tmp}" \\
        SLURM_JOB_ID="$SLURM_JOB_ID" SLURMD_NODENAME="$SLURMD_NODENAME" \\
        SLURM_ARRAY_JOB_ID="$SLURM_ARRAY_JOB_ID" \(words.map(\.shellWord).joined(separator: " "))\(block)

      """
  }

  /// The options of `sbatch`.
  ///
  /// - Parameter after: the jobs that must succeed first.
  func options(after: [Int]) -> [String] {
    let settings = plan.slurm ?? SlurmSettings()
    let limits = stage.checked.limits
    let name =
      isOfBlocks
      ? SubmittedJobs.nameOfBlocks(of: stage.name, in: plan) : SubmittedJobs.name(of: stage.name, in: plan)
    var options = [
      "--parsable", "--hold", "--job-name=\(name)", "--export=NONE",
      "--output=\(plan.folder)/\(stage.name).\(isOfBlocks ? "%A_%a" : "%j").slurm.log", "--open-mode=append",
      "--requeue",
      "--kill-on-invalid-dep=yes", "--chdir=\(plan.folder)", "--nodes=1", "--ntasks=1",
      "--cpus-per-task=\(plan.threads(of: stage.checked))",
    ]
    if isOfBlocks { options.append("--array=1-\(limits.blocks)") }
    if let memory = limits.memory { options.append("--mem=\(max(1, (memory.bytes + (1 << 20) - 1) >> 20))M") }
    if let seconds = limits.time?.seconds ?? Self.seconds(of: limits) {
      options.append("--time=\((seconds + 59) / 60)")
    }
    if let partition = settings.partition { options.append("--partition=\(partition)") }
    if let account = settings.account { options.append("--account=\(account)") }
    options += settings.options
    if !after.isEmpty { options.append("--dependency=" + after.map { "afterok:\($0)" }.joined(separator: ",")) }
    return options
  }

  /// Time for every attempt with its pause, and a minute for what the runner does.
  private static func seconds(of limits: StageLimits) -> Int? {
    limits.timeout.map { ($0.seconds + 60) * (limits.retries + 1) + 60 }
  }
}
