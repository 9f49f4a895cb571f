/// A job as the controller tells of it at the moment.
struct SlurmJob: Sendable, Equatable {
  /// The job's number; of a task the number of its array.
  let identifier: Int
  /// The number of a task in its array; `nil` for a job by itself.
  var task: Int?
  let name: String
  /// A state in full, such as "PENDING".
  let state: String
  /// Why it waits, or why it ended so; "None" if there is nothing to say.
  let reason: String
  /// The host that it runs on; empty as long as it waits.
  let host: String

  /// The fields that `squeue` is asked for, the name last, since it may hold anything.
  static let format = "%i|%T|%r|%N|%j"

  init(identifier: Int, name: String, state: String, reason: String = "None", host: String = "") {
    self.identifier = identifier
    self.name = name
    self.state = state
    self.reason = reason
    self.host = host
  }

  /// - Returns: `nil` for a line of something else, such as several tasks of an array.
  init?(line: Substring) {
    let fields = line.split(separator: "|", maxSplits: 4, omittingEmptySubsequences: false).map(String.init)
    guard fields.count == 5 else { return nil }
    let numbers = fields[0].split(separator: "_", omittingEmptySubsequences: false).map { Int($0) }
    guard let identifier = numbers[0], numbers.count < 3 else { return nil }
    self.init(identifier: identifier, name: fields[4], state: fields[1], reason: fields[2], host: fields[3])
    if numbers.count == 2 {
      guard let task = numbers[1] else { return nil }
      self.task = task
    }
  }

  /// The identifier as Slurm's commands take it.
  var reference: String { task.map { "\(identifier)_\($0)" } ?? "\(identifier)" }

  private static let ended: Set = [
    "COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "OUT_OF_MEMORY", "DEADLINE", "PREEMPTED", "NODE_FAIL", "BOOT_FAIL",
    "REVOKED",
  ]

  /// `true` if it will not run any more.
  var hasEnded: Bool { Self.ended.contains(state) }

  /// `true` if it waits and nothing of it runs.
  var isPending: Bool { state == "PENDING" }

  /// `true` if it waits for somebody to release it.
  var isHeldByUser: Bool { isPending && reason == "JobHeldUser" }

  /// `true` if those that wait for its success wait in vain.
  var hasEndedBadly: Bool { hasEnded && state != "COMPLETED" }

  /// State, reason and host, for people.
  var text: String {
    var text = state
    if reason != "None", !reason.isEmpty { text += ", \(reason)" }
    return host.isEmpty ? text : "\(text), on \(host)"
  }
}
