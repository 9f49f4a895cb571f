package import Artifacts
package import CanonicalJSON
import ModelTraining

/// The recipe of data that is too small for a search: what a family starts from.
package struct UntriedRecipe: Sendable {
  package let params: [String: JSON]
  /// The reason why nothing was tried.
  package let reason: String

  package init(_ family: FamilyName, seed: UInt64, reason: String) {
    let checkpoints = family.family.checkpoints
    params = TrialParams.start(of: family, hasTimes: false)
      .params(epochs: checkpoints[checkpoints.count / 2], seed: seed)
    self.reason = reason
  }

  package var summary: Summary {
    let chosen = Summary.Item.recipe(params)
    return Summary([chosen, .fact("nothing was tried", reason)], highlights: [chosen])
  }
}

extension Summary.Item {
  /// Params of `train` by their names.
  static func recipe(_ params: [String: JSON]) -> Summary.Item {
    .list(title: "recipe for train", items: params.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.text)" })
  }

  static func recipe(_ ensemble: EnsembleRecipe) -> Summary.Item {
    .list(
      title: "recipe for train, \(ensemble.members.count) members in \(ensemble.dimension) dimensions",
      items: ensemble.members.map(\.description))
  }
}
