/// The place where the stages of a pipeline run. It is not in the cache key.
package enum ExecutorChoice: Sendable, Equatable {
  /// The stages are children of the runner.
  case local
  /// Stages run as jobs of a Slurm cluster.
  case slurm(SlurmSettings)

  static let slurmName = "slurm"
  package static let names = ["local", slurmName]
}

/// Options of `sbatch` for every stage, besides those that the runner gives itself.
package struct SlurmSettings: Sendable, Equatable {
  /// The cluster's default if `nil`.
  package var partition: String?
  /// The user's default if `nil`.
  package var account: String?
  /// Further options, such as "--qos=low".
  package var options: [String] = []

  package init() {}

  /// Options that the runner gives, and where a pipeline says what they are about.
  static let reserved: [String: String] = [
    "--partition": "write executor: { slurm: { partition: NAME } }",
    "--account": "write executor: { slurm: { account: NAME } }",
    "--cpus-per-task": "write resources: { cpus: N } in the stage",
    "--mem": "write resources: { memory: SIZE } in the stage",
    "--time": "write resources: { time: LIMIT } in the stage",
  ].merging(
    [
      "--array", "--chdir", "--dependency", "--error", "--export", "--export-file", "--hold",
      "--job-name", "--kill-on-invalid-dep", "--no-requeue", "--nodes", "--ntasks", "--open-mode", "--output",
      "--parsable", "--requeue", "--wait", "--wrap",
    ].map { ($0, "leave it out; the runner gives it") }
  ) { first, _ in first }
}
