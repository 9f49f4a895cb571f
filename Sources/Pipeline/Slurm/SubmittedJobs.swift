import Artifacts
import CanonicalJSON
import SystemFiles

/// The jobs of a run, durably in `runs/ID/jobs.json`: with names and times besides their identifiers, since a controller
/// that was restarted forgets jobs and gives their identifiers to others.
struct SubmittedJobs {
  struct Job {
    let stage: String
    let identifier: Int
    let submitted: String
    var isReleased = false
    /// `true` if it replaces one that could not make its stage, through no fault of the stage.
    var isAgain = false
  }

  /// The oldest submission first.
  private(set) var jobs: [Job]
  private let run: String
  private let path: String

  /// What stands in the file; nothing if there is none.
  init(_ plan: FrozenPlan) throws {
    run = plan.run
    path = "\(plan.folder)/jobs.json"
    jobs = []
    guard Files.exists(path) else { return }
    let json = try naming(path) { try JSON.parse(Files.read(path, limit: 64 << 20)) }
    jobs = (json["jobs"]?.array ?? []).compactMap { job in
      guard let stage = job["stage"]?.string, let identifier = job["id"]?.integer else { return nil }
      return Job(
        stage: stage, identifier: identifier, submitted: job["submitted"]?.string ?? "",
        isReleased: job["released"]?.bool ?? false, isAgain: job["again"]?.bool ?? false)
    }
  }

  static func name(of stage: String, run: String) -> String { "tandem.\(run).\(stage)" }

  func name(of stage: String) -> String { Self.name(of: stage, run: run) }

  /// The job that was submitted last for a stage.
  func last(of stage: String) -> Job? { jobs.last { $0.stage == stage } }

  /// How often a stage was submitted again through no fault of its own.
  func timesAgain(_ stage: String) -> Int { jobs.count { $0.stage == stage && $0.isAgain } }

  mutating func add(_ job: Job) throws {
    jobs.append(job)
    try publish()
  }

  mutating func release(_ identifiers: Set<Int>) throws {
    for place in jobs.indices where identifiers.contains(jobs[place].identifier) { jobs[place].isReleased = true }
    try publish()
  }

  private func publish() throws {
    let entries = jobs.map { job -> JSON in
      [
        "stage": JSON(job.stage), "name": JSON(name(of: job.stage)), "id": JSON(job.identifier),
        "submitted": JSON(job.submitted), "released": .bool(job.isReleased), "again": .bool(job.isAgain),
      ]
    }
    try Files.publish(
      Array((JSON.object(["jobs": .array(entries)]).prettyText + "\n").utf8), to: path, replacing: true, mode: 0o644)
  }
}
