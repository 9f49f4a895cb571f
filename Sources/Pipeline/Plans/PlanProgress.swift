import Artifacts

/// The stages of a frozen plan that are done, which the store tells: a stage is done when the store has its key,
/// whoever made it and whatever became of the process or job that did.
struct PlanProgress {
  let plan: FrozenPlan
  /// The version that stands for each stage that is done, or is used as it is.
  private(set) var versions: [String: PublishedVersion] = [:]
  /// The results that the stages' processes have written so far, by stage.
  private(set) var results: [String: StageResult] = [:]
  private let known: KnownVersions

  init(_ plan: FrozenPlan) {
    self.plan = plan
    known = KnownVersions(store: plan.store)
  }

  /// Looks at the store again.
  mutating func refresh() {
    versions = [:]
    for stage in plan.stages {
      results[stage.name] = StageResult(of: stage.name, in: plan)
      versions[stage.name] = find(stage)
    }
  }

  /// The digest of each input; nil while what makes it is not done.
  func inputs(of stage: CheckedStage) -> [String: Digest?] {
    stage.inputs.mapValues { reference in
      switch reference {
      case .source(let name): plan.source(name)?.file.digest
      case .output(let producer, let output): versions[producer]?.outputs[output]?.digest
      }
    }
  }

  func isDone(_ stage: FrozenPlan.Stage) -> Bool { versions[stage.name] != nil || stage.decision == "missing" }

  var isFinished: Bool { plan.stages.allSatisfy(isDone) }

  /// The stages that cannot be made: those that failed, those that were to be used as they are and are gone, and those
  /// that need them.
  var lost: Set<String> {
    var lost: Set<String> = []
    for stage in plan.stages where !isDone(stage) {
      if !plan.isSelected(stage) || results[stage.name]?.hasFailed == true
        || !lost.isDisjoint(with: stage.checked.parents)
      {
        lost.insert(stage.name)
      }
    }
    return lost
  }

  private func find(_ stage: FrozenPlan.Stage) -> PublishedVersion? {
    guard plan.isSelected(stage) else { return stage.version.flatMap { try? known.version($0, of: stage.name) } }
    let inputs = inputs(of: stage.checked)
    let digests = inputs.compactMapValues { $0 }
    guard digests.count == inputs.count else { return nil }
    let key = CacheKey(stage.checked, inputs: digests)
    // The version that this run made, where several have the key.
    if let result = results[stage.name], result.isSuccess,
      let version = result.entry.version.flatMap({ try? known.version($0, of: stage.name) }), version.key == key
    {
      return version
    }
    return plan.isForced ? nil : known.find(key, of: stage.name).version
  }
}
