import Foundation
import Testing

/// A workshop whose `PATH` has a false Slurm; see Fixtures/slurm.py for what its jobs do.
struct FalseSlurm {
  let workshop: Workshop

  init() throws {
    workshop = try Workshop()
    for name in ["sbatch", "squeue", "scontrol", "scancel"] {
      try FileManager.default.createDirectory(
        atPath: "\(workshop.folder)/slurm", withIntermediateDirectories: true)
      try FileManager.default.createSymbolicLink(
        atPath: "\(workshop.folder)/slurm/\(name)",
        withDestinationPath: "\(Workshop.package)/Tests/PipelineTests/Fixtures/slurm.py")
    }
  }

  var environment: [String: String] {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return [
      "PATH": "\(workshop.folder)/slurm:\(path)", "FALSE_SLURM": "\(workshop.folder)/slurm",
      "TANDEM_SLURM_POLL": "0.02,0.1",
    ]
  }

  /// What becomes of the jobs of stages, submission by submission.
  func behave(_ words: [String: [String]]) throws {
    let data = try JSONSerialization.data(withJSONObject: words)
    try workshop.write(String(decoding: data, as: UTF8.self), to: "slurm/behaviour.json")
  }

  @discardableResult
  func run(_ arguments: String...) throws -> Workshop.Result {
    try workshop.run(
      Workshop.runner,
      ["pipeline.yaml", "--stages-dir", "\(workshop.folder)/programs", "--executor", "slurm"] + arguments,
      environment: environment)
  }

  /// Runs a command about runs that are submitted.
  @discardableResult
  func runner(_ arguments: String...) throws -> Workshop.Result {
    try workshop.run(Workshop.runner, arguments, environment: environment)
  }

  struct State: Decodable {
    struct Job: Decodable { let name, state, reason: String }
    let jobs: [String: Job]
    /// Names of jobs in the order of submission.
    let submitted: [String]
    let arguments: [[String]]
    let cancelled: [String]

    /// Stages in the order of submission.
    var stages: [String] { submitted.compactMap { $0.split(separator: ".").last.map(String.init) } }
  }

  func state() throws -> State {
    try JSONDecoder().decode(State.self, from: Data(workshop.read("slurm/state.json").utf8))
  }

  /// One stage, two that read it, and one that reads both.
  func diamond(fields: [String: String] = [:], head: String = "", text: String = "first") throws {
    try workshop.pipeline(
      [
        ("start", [:], "text: \(text)"), ("left", ["a": "start.out"], "text: left"),
        ("right", ["a": "start.out"], "text: right"), ("end", ["a": "left.out", "b": "right.out"], ""),
      ], head: head, fields: fields)
  }

  /// A stage and one that reads it.
  func pair(fields: [String: String] = [:]) throws {
    try workshop.pipeline([("left", [:], "text: left"), ("end", ["a": "left.out"], "")], fields: fields)
  }

  /// Digests of all outputs, by stage, as the newest record has them.
  func digests() throws -> [String: String] { try Self.digests(workshop) }

  static func digests(_ workshop: Workshop) throws -> [String: String] {
    Dictionary(
      uniqueKeysWithValues: try workshop.record().stages.map { ($0.stage, $0.outputs["out"]?.digest ?? "none") })
  }

  /// Digests of what a run on this machine makes of the same pipeline.
  func localDigests() throws -> [String: String] {
    let local = try Workshop()
    try local.write(workshop.read("pipeline.yaml"), to: "pipeline.yaml")
    let result = try local.runner("pipeline.yaml", "--executor", "local")
    #expect(result.status == 0, "\(result.said)")
    return try Self.digests(local)
  }
}
