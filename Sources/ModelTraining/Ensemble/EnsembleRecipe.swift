import Artifacts
package import CanonicalJSON
import DisplayText
import StageKit

/// The recipe of several models in one pair of towers: `tune` finds it, and `train` follows it.
package struct EnsembleRecipe: Sendable, Equatable {
  /// A member of the ensemble, as it is trained.
  package struct Member: Sendable, Equatable {
    /// Params of `train` that are about the model: those of `ModelOptions`.
    package var params: [String: JSON]
    /// The factor of the member's z-scores.
    package var weight: Double
    /// The number of epochs after which a judged member was kept; `nil` trains to the end.
    package var epochs: Int?

    package init(params: [String: JSON], weight: Double, epochs: Int? = nil) {
      self.params = params
      self.weight = weight
      self.epochs = epochs
    }

    /// A line, as "weight 0.5: dimension 64, epochs 8, objective ials".
    package var description: String {
      let values = params.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.string ?? $0.value.text)" }
      return "weight \(JSON.number(weight).text): \(values.joined(separator: ", "))"
    }
  }

  /// The models that are put together, at least two.
  package var members: [Member]
  /// The dimension of the towers that they are compressed to.
  package var dimension: Int

  package init(members: [Member], dimension: Int) {
    self.members = members
    self.dimension = dimension
  }

  /// The option that makes a member's training go by the times of pairs; nil if none does.
  ///
  /// - Throws: the error of a param that `train` refuses.
  package var timesNeededFor: String? {
    get throws { try members.compactMap { try ModelOptions.with($0.params).timesNeededFor }.first }
  }

  /// The field of a recipe's and a model's schema that has this.
  package static let field = "ensemble"
}

extension EnsembleRecipe {
  package var json: JSON {
    [
      "dimension": JSON(dimension),
      "members": .array(
        members.map { member in
          .object(
            ["params": .object(member.params), "weight": .number(member.weight)].merging(
              member.epochs.map { ["epochs": JSON($0)] } ?? [:]
            ) { $1 })
        }),
    ]
  }

  /// - Throws: `ArtifactError` where `json` is none.
  package init(_ json: JSON) throws {
    guard let dimension = json["dimension"]?.integer, 1...4096 ~= dimension, let entries = json["members"]?.array,
      entries.count > 1
    else { throw Self.incomplete }
    self.dimension = dimension
    members = try entries.map { entry in
      guard let params = entry["params"]?.object, let weight = entry["weight"]?.number, weight > 0 else {
        throw Self.incomplete
      }
      return Member(params: params, weight: weight, epochs: entry["epochs"]?.integer)
    }
  }

  private static var incomplete: ArtifactError { .malformed(part: "schema", reason: .incomplete(field)) }
}
