/// The reason why a stage has to run.
package enum Reason: Sendable, Equatable, CustomStringConvertible {
  case neverMade
  case forced
  case program(String)
  case param(String, was: String, now: String)
  case input(String, was: String, now: String)
  case environment(String)
  case outputs
  case broken(String)
  case gone

  package var description: String {
    switch self {
    case .neverMade: "never made"
    case .forced: "forced"
    case .program(let how): how
    case .param(let name, let was, let now): "param \(name) \(was) → \(now)"
    case .input(let name, let was, let now): "input \(name) \(was) → \(now)"
    case .environment(let name): "environment \(name)"
    case .outputs: "other outputs than before"
    case .broken(let what): "fails verification: \(what)"
    case .gone: "what was made of these inputs is gone"
    }
  }
}

/// The planner's decision about a stage.
package enum Decision: Sendable {
  /// The store has the version already.
  case hit(PublishedVersion, note: String)
  case run([Reason])
  /// The stage depends on others that run first; it does not run if their outputs are the same as before.
  case unknown(until: [String], [Reason])
  /// The stage was not selected; its newest version is used.
  case reuse(PublishedVersion, stale: [Reason])
  /// The stage was not selected, and has no version.
  case missing
}

extension Decision {
  /// One word, as in the plan and in the record of a run.
  package var word: String {
    switch self {
    case .hit: "hit"
    case .run: "run"
    case .unknown: "open"
    case .reuse: "reuse"
    case .missing: "missing"
    }
  }

  /// The reasons, for the plan and for the lines of a run.
  package var explanation: String {
    switch self {
    case .hit(_, let note): note
    case .run(let reasons): reasons.map(\.description).joined(separator: ", ")
    case .unknown(let stages, let reasons) where stages.allSatisfy({ $0.hasPrefix("sources.") }):
      "fetch of \(stages.joined(separator: " and ")) due, then open"
        + (reasons.isEmpty ? "" : " (\(reasons.map(\.description).joined(separator: ", ")))")
    case .unknown(let stages, let reasons):
      "runs unless \(stages.joined(separator: " and ")) \(stages.count == 1 ? "comes" : "come") out identical"
        + (reasons.isEmpty ? "" : " (\(reasons.map(\.description).joined(separator: ", ")))")
    case .reuse(let version, let stale):
      "not selected; version \(version.name) is used"
        + (stale.isEmpty ? "" : ", which is not up to date: \(stale.map(\.description).joined(separator: ", "))")
    case .missing: "not selected, and never made"
    }
  }

  package var version: PublishedVersion? {
    switch self {
    case .hit(let version, _), .reuse(let version, _): version
    case .run, .unknown, .missing: nil
    }
  }
}
