import Logging

/// A fault of a folder or a file.
struct Complaint: Equatable, Sendable {
  let level: Logger.Level
  let text: String

  init(_ level: Logger.Level, _ text: String) { (self.level, self.text) = (level, text) }

  init(servedOn error: SystemError) { self.init(.error, "\(error); nothing that is served changes") }
}

/// The current complaints: each is logged once, again when it changes, and once more when it is over.
struct Complaints {
  /// The complaints, by model and subject.
  private var said: [String: [String: Complaint]] = [:]
  private let logger: Logger

  init(_ logger: Logger) { self.logger = logger }

  /// - Parameter now: all complaints about the model.
  mutating func update(_ model: String, to now: [String: Complaint]) {
    let before = said[model] ?? [:]
    for (subject, complaint) in now.sorted(by: { $0.key < $1.key }) where before[subject] != complaint {
      logger.log(level: complaint.level, "\(complaint.text)")
    }
    for (subject, complaint) in before.sorted(by: { $0.key < $1.key }) where now[subject] == nil {
      logger.notice("no longer so: \(complaint.text)")
    }
    said[model] = now.isEmpty ? nil : now
  }

  /// Adds complaints, and keeps the earlier ones, whose state is unknown.
  mutating func add(_ subject: String, _ complaint: Complaint, to model: String) {
    update(model, to: (said[model] ?? [:]).merging([subject: complaint]) { $1 })
  }

  /// Forgets a removed model's complaints, without logging that they are over.
  mutating func forget(_ model: String) { said[model] = nil }
}
