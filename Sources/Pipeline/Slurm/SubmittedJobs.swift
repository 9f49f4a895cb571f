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
    /// `true` if it replaces one that could not make its stage, through no fault of the stage.
    var isAgain = false
    /// The run that submitted it, if this one only waits for it as well.
    var lender: String?
    /// The array job that does the blocks of the stage's work, if that is divided.
    var array: Int?
  }

  /// The oldest submission first.
  private(set) var jobs: [Job]
  private let plan: FrozenPlan
  private let path: String

  /// What stands in the file; nothing if there is none.
  init(_ plan: FrozenPlan) throws {
    self.plan = plan
    path = "\(plan.folder)/jobs.json"
    jobs = []
    guard Files.exists(path) else { return }
    let json = try naming(path) { try JSON.parse(Files.read(path, limit: 64 << 20)) }
    jobs = (json["jobs"]?.array ?? []).compactMap { job in
      guard let stage = job["stage"]?.string, let identifier = job["id"]?.integer else { return nil }
      return Job(
        stage: stage, identifier: identifier, submitted: job["submitted"]?.string ?? "",
        isAgain: job["again"]?.bool ?? false, lender: job["lender"]?.string,
        array: job["array"]?.integer)
    }
  }

  /// The name of a stage's job. Runs of several stores may have one identifier, having begun in the same second, and the
  /// queue is one.
  static func name(of stage: String, in plan: FrozenPlan, run: String? = nil) -> String {
    "tandem.\(run ?? plan.run)-\(Digest.of(plan.store.root).short.prefix(6)).\(stage)"
  }

  /// The name of the array job that does the blocks of a stage's work.
  static func nameOfBlocks(of stage: String, in plan: FrozenPlan) -> String { "\(name(of: stage, in: plan)).blocks" }

  func name(of stage: String) -> String { Self.name(of: stage, in: plan) }
  func name(of job: Job) -> String { Self.name(of: job.stage, in: plan, run: job.lender) }

  /// The jobs that this run submitted itself.
  var own: [Job] { jobs.filter { $0.lender == nil } }

  /// Identifiers of the jobs and array jobs that this run submitted itself.
  var identifiers: [Int] { own.flatMap { [$0.array, $0.identifier].compactMap { $0 } } }

  /// The job that was submitted last for a stage.
  func last(of stage: String) -> Job? { jobs.last { $0.stage == stage } }

  /// How often a stage was submitted again through no fault of its own.
  func timesAgain(_ stage: String) -> Int { jobs.count { $0.stage == stage && $0.isAgain } }

  mutating func add(_ job: Job) throws {
    jobs.append(job)
    try publish()
  }

  private func publish() throws {
    let entries = jobs.map { job -> JSON in
      [
        "stage": JSON(job.stage), "name": JSON(name(of: job)), "id": JSON(job.identifier),
        "submitted": JSON(job.submitted), "again": .bool(job.isAgain), "lender": JSON(optional: job.lender),
        "array": JSON(optional: job.array),
      ]
    }
    try Files.publish(
      JSON.object(["jobs": .array(entries)]).document, to: path, replacing: true, mode: 0o644)
  }
}
