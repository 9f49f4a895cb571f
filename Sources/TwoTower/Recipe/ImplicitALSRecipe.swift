import Artifacts
package import CanonicalJSON
package import Kernels

/// A model of implicit alternating least squares.
package struct ImplicitALSRecipe: MethodRecipe {
  package static let name = "ials"
  package static let lossUnit = (perEpoch: "objective", perPair: "objective")

  package let objective: ImplicitALSObjective

  package init(_ objective: ImplicitALSObjective) { self.objective = objective }

  package var fields: [String: JSON] {
    // The first three are in the recipe of every model of version 1.
    [
      "temperature": JSON(Float(1)), "normalise": JSON(SoftmaxObjective.Normalisation.none.rawValue),
      "penalty": JSON(Float(0)),
      "unobserved_weight": .number(objective.unobservedWeight), "regularization": .number(objective.regularization),
      "regularization_exponent": .number(objective.exponent),
    ]
  }

  package init(_ json: JSON) throws {
    guard let weight = json["unobserved_weight"]?.number, let strength = json["regularization"]?.number,
      let exponent = json["regularization_exponent"]?.number, weight > 0, strength > 0
    else { throw ArtifactError.incompleteRecipe }
    objective = ImplicitALSObjective(unobservedWeight: weight, regularization: strength, exponent: exponent)
  }

  package var isLinear: Bool { true }
  package var hasUnitQueries: Bool { false }
  package var foldInNeedsCounts: Bool { false }

  package func foldInRule(candidates: Matrix, counts: [Int64]) -> any FoldInRule {
    ImplicitALSFoldIn(objective, candidates: candidates)
  }
}
