package import Artifacts
import CanonicalJSON

/// Decides whether a stage has to run, from contents alone. A dry run and a run use the same planner.
package struct Planner {
  /// The options of a plan.
  package struct Options: Sendable {
    /// Names of the selected stages; nil for all.
    package var selected: Set<String>?
    /// `true` if the selected stages run whatever the store holds.
    package var isForced = false

    package init(selected: Set<String>? = nil, isForced: Bool = false) {
      self.selected = selected
      self.isForced = isForced
    }
  }

  let store: Store
  let options: Options
  private let versions: KnownVersions

  package init(store: Store, options: Options) {
    self.store = store
    versions = KnownVersions(store: store)
    self.options = options
  }

  package func isSelected(_ stage: String) -> Bool { options.selected?.contains(stage) ?? true }

  /// - Parameter inputs: digest of each given input, nil while the stage that makes it has not run.
  package func decide(_ stage: CheckedStage, inputs: [String: Digest?]) -> Decision {
    let known = inputs.compactMapValues { $0 }
    let pending = Set(inputs.keys).subtracting(known.keys)
    guard isSelected(stage.name) else { return reuse(stage, inputs: known, pending: pending) }
    let key = CacheKey(stage, inputs: known)
    let latest = store.latest(of: stage.name)
    /// The differences from the latest version, if there is one that can be read.
    func changes() -> [Reason]? {
      latest.flatMap { try? versions.version($0, of: stage.name) }
        .map { Self.changes(from: $0.key, to: key, pending: pending) }
    }
    guard pending.isEmpty else {
      let waiting = stage.inputs.filter { pending.contains($0.key) }.map { _, reference in
        if case .output(let stage, _) = reference { stage } else { "\(reference)" }
      }
      // A stage that was never made, or is forced, runs whatever its inputs will be.
      if options.isForced { return .run([.forced]) }
      guard let changes = changes() else { return .run([.neverMade]) }
      return .unknown(until: Set(waiting).sorted(), changes)
    }
    if options.isForced { return .run([.forced]) }
    let (version, broken) = versions.find(key, of: stage.name)
    if let version {
      return .hit(version, note: version.name == latest ? "unchanged" : "made before, version \(version.name)")
    }
    if !broken.isEmpty { return .run(broken.map { .broken($0) }) }
    guard let changes = changes() else { return .run([latest == nil ? .neverMade : .gone]) }
    return .run(changes.isEmpty ? [.gone] : changes)
  }

  private func reuse(_ stage: CheckedStage, inputs: [String: Digest], pending: Set<String>) -> Decision {
    let key = CacheKey(stage, inputs: inputs)
    if pending.isEmpty, let version = versions.find(key, of: stage.name).version {
      return .reuse(version, stale: [])
    }
    let names = [store.latest(of: stage.name)].compactMap { $0 } + store.versions(of: stage.name).reversed()
    for name in names {
      guard let version = try? versions.version(name, of: stage.name) else { continue }
      return .reuse(version, stale: Self.changes(from: version.key, to: key, pending: pending))
    }
    return .missing
  }

  /// The differences between two keys, in the order in which they are shown.
  ///
  /// - Parameter pending: inputs whose digests the new key cannot have yet.
  static func changes(from old: CacheKey, to new: CacheKey, pending: Set<String>) -> [Reason] {
    var reasons: [Reason] = []
    if old.json["program"] != new.json["program"] {
      let (was, now) = (old.json["program"]?["version"]?.integer ?? 0, new.json["program"]?["version"]?.integer ?? 0)
      reasons.append(.program(was == now ? "program changed" : "program version \(was) → \(now)"))
    }
    func each(_ field: String, _ part: String, _ reason: (String, String, String) -> Reason) {
      let (was, now) = (old.json[field]?.object ?? [:], new.json[field]?.object ?? [:])
      for name in Set(was.keys).union(now.keys).sorted() where was[name] != now[name] {
        if field == "inputs", pending.contains(name) { continue }
        reasons.append(reason(name, text(was[name]?[part]), text(now[name]?[part])))
      }
    }
    func text(_ value: JSON?) -> String {
      guard let value else { return "none" }
      return value.string ?? value.text
    }
    each("params", "value") { .param($0, was: $1, now: $2) }
    each("inputs", "digest") { .input($0, was: String($1.prefix(12)), now: String($2.prefix(12))) }
    let (was, now) = (old.json["environment"]?.object ?? [:], new.json["environment"]?.object ?? [:])
    for name in Set(was.keys).union(now.keys).sorted() where was[name] != now[name] {
      reasons.append(.environment(name))
    }
    if old.json["outputs"] != new.json["outputs"] { reasons.append(.outputs) }
    return reasons
  }
}
