package import CanonicalJSON
package import Interactions

/// The params that a trial tries.
package struct TrialParams: Sendable, Equatable {
  package let family: FamilyName
  /// Params of `train`, without `epochs` and `seed`.
  package let params: [String: JSON]

  package var dimension: Int { DataSize.dimension(params) }

  /// Draws trials, the families in turn: what each starts from, then points spread over its box.
  ///
  /// - Parameters:
  ///   - count: of the trials by ids alone.
  ///   - sides: that have features, which further trials read.
  ///   - hasTimes: `true` if pairs have times, which params may go by.
  package static func draws(
    _ count: Int, _ families: [FamilyName], features sides: [TowerSide] = [], hasTimes: Bool = false,
    seed: UInt64
  ) -> [TrialParams] {
    (0..<count).flatMap { number in
      let turn = number / families.count
      let trial = draw(families[number % families.count], turn: turn, hasTimes: hasTimes, seed: seed)
      return [trial] + trial.reading(featuresOf: sides, turn: turn)
    }
  }

  private static func draw(_ name: FamilyName, turn: Int, hasTimes: Bool, seed: UInt64) -> TrialParams {
    let family = name.family
    guard turn > 0 else { return start(of: name, hasTimes: hasTimes) }
    let points = HaltonSequence(axes: family.axes, seed: seed, stream: name.rawValue)
    return TrialParams(family: name, params: family.params(at: points[turn - 1])).suited(hasTimes: hasTimes)
  }

  /// The trial that a family starts from.
  static func start(of name: FamilyName, hasTimes: Bool) -> TrialParams {
    TrialParams(family: name, params: name.family.start).suited(hasTimes: hasTimes)
  }

  /// The trial without the params that go by times where there are none.
  private func suited(hasTimes: Bool) -> TrialParams {
    hasTimes
      ? self : TrialParams(family: family, params: params.filter { !family.family.paramsByTimes.contains($0.key) })
  }

  /// All params of `train`.
  func params(epochs: Int, seed: UInt64) -> [String: JSON] {
    let seed = Int64(exactly: seed).map { JSON.integer($0) } ?? .string("\(seed)")
    return params.merging(["epochs": JSON(epochs), "seed": seed]) { $1 }
  }

  /// The params that differ between trials of the family, such as "dimension 128, temperature 0.2".
  package var description: String {
    let own = params.filter { name, value in
      value.number != nil && name != "batch-size" || TowerSide.allCases.contains { Self.tower($0) == name }
    }
    return own.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.string ?? $0.value.text)" }
      .joined(separator: ", ")
  }
}
