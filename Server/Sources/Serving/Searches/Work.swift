/// The work that answers a request: its steps, their expected time in all, and the expected size of the reply.
package struct Work: Sendable {
  /// The outcome of a step.
  package enum Progress {
    case answer(Reply)
    /// At least one more step follows.
    case unfinished
    /// Other work takes this one's place.
    case becomes(Work)
  }

  /// The expected time of all steps.
  let duration: Duration
  /// The expected size of the reply in bytes, which is reserved before the first step.
  let bytes: Int
  /// `true` if no step takes more than a few milliseconds; `false` if one step does everything.
  let isParted: Bool
  /// Runs the next step. The steps of one work run one after another, on any thread.
  let step: @Sendable () throws -> Progress

  package init(
    _ duration: Duration, bytes: Int = 0, isParted: Bool = true, step: @escaping @Sendable () throws -> Progress
  ) {
    self.duration = duration
    self.bytes = bytes
    self.isParted = isParted
    self.step = step
  }

  /// Returns work of a single step.
  package static func one(
    _ duration: Duration, bytes: Int = 0, reply: @escaping @Sendable () throws -> Reply
  ) -> Work {
    Work(duration, bytes: bytes, isParted: false) { .answer(try reply()) }
  }

  /// Returns work whose reply is already there.
  static func done(_ reply: Reply) -> Work { one(.zero) { reply } }

  /// Returns the same work, whose reply holds `lease` until it is sent.
  func holding(_ lease: MemoryBudget.Lease) -> Work {
    Work(duration, bytes: bytes, isParted: isParted) {
      switch try step() {
      case .answer(var reply):
        reply.lease = lease
        return .answer(reply)
      case .unfinished: return .unfinished
      case .becomes(let work): return .becomes(work.holding(lease))
      }
    }
  }
}
