package import Artifacts
package import CanonicalJSON
import SystemFiles

/// A run as its record tells of it.
package struct StoredRun: Sendable {
  /// The state of a run, as its record has it.
  package enum State: String, Sendable {
    case running, finished, failed, stopped
    /// The record says that it runs, and its process is gone.
    case died
  }

  /// The record of one stage.
  package struct Stage: Sendable {
    package let name: String
    package let decision: String
    package let reasons: String
    /// As in the record, or "died" if the run did while the stage ran.
    package let result: String
    package let version: String?
    package let programPath: String?
    package let programIdentity: String?
    package let params: [String: JSON]
    package let inputs: [String: Digest]
    package let outputs: [String: Digest]
    /// The outputs' highlights as the record has them; the outputs themselves may have been removed.
    package let highlights: [String: [Summary.Item]]
    package let seconds: Double?
    package let peakBytes: Int?
    package let attempts: Int
    package let log: String?
    package let failure: String?

    /// `true` if the stage's program ran.
    package var hasRun: Bool { seconds != nil }
  }

  package let identifier: String
  package let folder: String
  package let pipeline: String
  package let file: String
  package let revision: String?
  package let state: State
  /// The time of the start, such as "2026-01-31T12:00:00Z".
  package let started: String
  package let finished: String?
  package let seconds: Double
  package let sources: [String: Digest]
  package let stages: [Stage]
  package let isPinned: Bool
  /// The executor of the stages, such as "slurm"; `nil` if they are children of the process that planned them.
  package let executor: String?

  package var isElsewhere: Bool { executor != nil }

  static let pinName = "pin.json"

  package func stage(_ name: String) -> Stage? { stages.first { $0.name == name } }

  /// The versions that the run made or used, by stage.
  package var versions: [String: String] {
    Dictionary(stages.compactMap { stage in stage.version.map { (stage.name, $0) } }) { $1 }
  }

  /// - Returns: `nil` where there is no record, or none that can be understood: runs that died early, other versions.
  package init?(_ identifier: String, in store: Store) {
    folder = "\(store.root)/\(Store.runsFolder)/\(identifier)"
    guard let json = try? JSON.parse(Files.read("\(folder)/run.json", limit: 256 << 20)),
      let pipeline = json["pipeline"]?.string, let started = json["started"]?.string,
      let state = json["state"]?.string.flatMap({ State(rawValue: $0) })
    else { return nil }
    self.identifier = identifier
    self.pipeline = pipeline
    self.started = started
    file = json["file"]?.string ?? ""
    revision = json["revision"]?.string
    // Stages that are no children of the process that planned them go on without it.
    executor = json["executor"]?.string
    let isDead = state == .running && executor == nil && !Self.isAlive(json)
    self.state = isDead ? .died : state
    finished = json["finished"]?.string
    seconds = json["seconds"]?.number ?? 0
    sources = Self.digests(json["sources"]) { $0 }
    stages = (json["stages"]?.array ?? []).compactMap { Stage($0, isDead: isDead) }
    isPinned = Files.exists("\(folder)/\(Self.pinName)")
  }

  private static func isAlive(_ json: JSON) -> Bool {
    guard let number = json["process"]?.integer.flatMap({ Int32(exactly: $0) }) else { return false }
    let start = json["process_start"]?.integer.flatMap { UInt64(exactly: $0) } ?? 0
    let host = json["host"]?.string ?? ProcessIdentity.thisHost
    return ProcessIdentity(host: host, number: number, start: start).state != .gone
  }

  fileprivate static func digests(_ json: JSON?, _ field: (JSON) -> JSON?) -> [String: Digest] {
    (json?.object ?? [:]).compactMapValues { field($0)?.string.flatMap { Digest(hexadecimal: $0) } }
  }
}

extension StoredRun.Stage {
  fileprivate init?(_ json: JSON, isDead: Bool) {
    guard let name = json["stage"]?.string, let result = json["result"]?.string else { return nil }
    self.name = name
    self.result = isDead && result == "running" ? "died" : result
    decision = json["decision"]?.string ?? ""
    reasons = json["reasons"]?.string ?? ""
    version = json["version"]?.string
    programPath = json["program"]?["path"]?.string
    programIdentity = json["program"]?["identity"]?.string
    params = json["params"]?.object ?? [:]
    inputs = StoredRun.digests(json["inputs"]) { $0 }
    outputs = StoredRun.digests(json["outputs"]) { $0["digest"] }
    highlights = (json["highlights"]?.object ?? [:]).mapValues { Summary($0).items }
    seconds = json["seconds"]?.number
    peakBytes = json["peak_bytes"]?.integer
    attempts = json["attempts"]?.integer ?? 1
    log = json["log"]?.string
    failure = json["failure"]?.string
  }
}
