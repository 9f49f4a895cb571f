import Logging

/// Something that is wrong with a folder or a file.
struct Complaint: Equatable, Sendable {
  let level: Logger.Level
  let text: String

  init(_ level: Logger.Level, _ text: String) { (self.level, self.text) = (level, text) }

  init(servedOn error: SystemError) { self.init(.error, "\(error); nothing that is served changes") }
}

/// The complaints of the moment: each is logged once, again when it changes, and once more when it is over.
struct Complaints {
  /// Complaints by model, and then by what they are about.
  private var said: [String: [String: Complaint]] = [:]
  private let logger: Logger

  init(_ logger: Logger) { self.logger = logger }

  /// - Parameter now: all that is wrong with the model.
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

  /// Adds to what was wrong before, of which nothing new is known.
  mutating func add(_ subject: String, _ complaint: Complaint, to model: String) {
    update(model, to: (said[model] ?? [:]).merging([subject: complaint]) { $1 })
  }

  /// A model that is gone has nothing that could be over.
  mutating func forget(_ model: String) { said[model] = nil }
}
