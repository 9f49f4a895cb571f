package import CanonicalJSON

/// The params that a trial tries.
package struct TrialParams: Sendable, Equatable {
  package let family: FamilyName
  /// Params of `train`, without `epochs` and `seed`.
  package let params: [String: JSON]

  package var dimension: Int { params["dimension"]?.integer ?? 0 }

  /// Draws trials, the families in turn: what each starts from, then points spread over its box.
  package static func draws(_ count: Int, _ families: [FamilyName], seed: UInt64) -> [TrialParams] {
    (0..<count).map { number in
      let name = families[number % families.count]
      let (family, turn) = (name.family, number / families.count)
      guard turn > 0 else { return TrialParams(family: name, params: family.start) }
      let points = HaltonSequence(axes: family.axes, seed: seed, stream: name.rawValue)
      return TrialParams(family: name, params: family.params(at: points[turn - 1]))
    }
  }

  /// All params of `train`.
  func params(epochs: Int, seed: UInt64) -> [String: JSON] {
    let seed = Int64(exactly: seed).map { JSON.integer($0) } ?? .string("\(seed)")
    return params.merging(["epochs": JSON(epochs), "seed": seed]) { $1 }
  }

  /// The params that differ between trials of the family, such as "temperature 0.2, dimension 128".
  package var description: String {
    let own = params.filter { name, value in value.number != nil && name != "batch-size" }
    return own.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.text)" }.joined(separator: ", ")
  }
}
