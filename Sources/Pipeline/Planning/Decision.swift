/// Why a stage has to run.
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

/// What is to be done about a stage.
package enum Decision: Sendable {
  /// It stands in the store already.
  case hit(PublishedVersion, note: String)
  case run([Reason])
  /// It depends on stages that have to run first; it need not run if they come out as they were.
  case unknown(until: [String], [Reason])
  /// It was not asked for, and its newest version serves as it is.
  case reuse(PublishedVersion, stale: [Reason])
  /// It was not asked for, and nothing of it is there.
  case missing
}

extension Decision {
  package var word: String {
    switch self {
    case .hit: "hit"
    case .run: "run"
    case .unknown: "open"
    case .reuse: "reuse"
    case .missing: "missing"
    }
  }

  /// In words, for the plan and for the run.
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
      "not asked for; version \(version.name) serves"
        + (stale.isEmpty ? "" : ", though it is not up to date: \(stale.map(\.description).joined(separator: ", "))")
    case .missing: "not asked for, and never made"
    }
  }

  package var version: PublishedVersion? {
    switch self {
    case .hit(let version, _), .reuse(let version, _): version
    case .run, .unknown, .missing: nil
    }
  }
}
