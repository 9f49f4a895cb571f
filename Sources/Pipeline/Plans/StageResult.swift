import Artifacts
import CanonicalJSON
import SystemFiles

/// The result of a stage of a frozen plan, as the process that ran it writes it: `runs/ID/STAGE.result.json`, replaced
/// whole when the stage begins and when it ends.
struct StageResult: Sendable {
  /// The stage's part of the record of the run.
  var entry: RunRecord.Entry
  var host: String
  /// Identifier of the job, where a cluster ran the stage.
  var job: String?
  /// The time of the end, in milliseconds since 1970; that of the beginning as long as the stage runs.
  var time: Int
  /// `true` if the stage failed since an input was not there, or damaged and removed, and is to be made.
  var isForInput = false

  init(_ entry: RunRecord.Entry, job: String?) {
    self.entry = entry
    self.job = job
    // Several nodes may be one host.
    host = ProcessEnvironment.inherited["SLURMD_NODENAME"] ?? ProcessIdentity.thisHost
    time = Host.nanoseconds / 1_000_000
  }

  var isSuccess: Bool { ["made", "kept", "hit"].contains(entry.result) }
  var hasFailed: Bool { entry.result == "failed" && !isForInput }

  static func path(of stage: String, in plan: FrozenPlan) -> String { "\(plan.folder)/\(stage).result.json" }

  init?(of stage: String, in plan: FrozenPlan) { self.init(of: stage, in: plan.folder, store: plan.store) }

  /// - Parameter folder: of the run.
  /// - Returns: `nil` as long as nothing is told, or nothing that can be understood.
  init?(of stage: String, in folder: String, store: Store) {
    guard let json = try? JSON.parse(Files.read("\(folder)/\(stage).result.json", limit: 64 << 20)),
      let entry = RunRecord.Entry(json["entry"], in: store), entry.stage == stage,
      let host = json["host"]?.string, let time = json["time"]?.integer
    else { return nil }
    self.entry = entry
    self.host = host
    self.time = time
    job = json["job"]?.string
    isForInput = json["for_input"]?.bool ?? false
  }

  func publish(in plan: FrozenPlan) throws {
    let json: JSON = [
      "entry": RunRecord.json(entry), "host": JSON(host), "job": JSON(optional: job), "time": JSON(time),
      "for_input": .bool(isForInput),
    ]
    try Files.publish(
      json.document, to: Self.path(of: entry.stage, in: plan), replacing: true, mode: 0o644)
  }
}
