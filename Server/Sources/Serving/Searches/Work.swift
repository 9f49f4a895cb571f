/// The work of a request once it is understood: steps that lead to an answer, about how long they take together, and about
/// how many bytes the answer has.
package struct Work: Sendable {
  /// The outcome of a step.
  package enum Progress {
    case answer(Reply)
    /// Another step is to come.
    case unfinished
    /// It is clear now what is to be done.
    case becomes(Work)
  }

  /// Time of all steps, as expected.
  let duration: Duration
  /// Bytes of the answer, as expected; counted against the server's memory before the first step.
  let bytes: Int
  /// `true` if no step takes more than some milliseconds; `false` if one step does all of it.
  let isParted: Bool
  /// Does the next step.
  ///
  /// Steps of one work are done one after another, on any thread.
  let step: @Sendable () throws -> Progress

  package init(
    _ duration: Duration, bytes: Int = 0, isParted: Bool = true, step: @escaping @Sendable () throws -> Progress
  ) {
    self.duration = duration
    self.bytes = bytes
    self.isParted = isParted
    self.step = step
  }

  /// Work that is done in one step.
  package static func one(
    _ duration: Duration, bytes: Int = 0, reply: @escaping @Sendable () throws -> Reply
  ) -> Work {
    Work(duration, bytes: bytes, isParted: false) { .answer(try reply()) }
  }

  /// Work that needs no search.
  static func done(_ reply: Reply) -> Work { one(.zero) { reply } }

  /// The same, with its answer's memory counted until the answer is sent.
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
