import Artifacts
package import CanonicalJSON
package import Kernels

/// A model of the next candidate after a history: its queries are bags over histories (`Recipe.history`).
package struct NextItemRecipe: MethodRecipe {
  package static let name = "next-item"
  package static let lossUnit = (perEpoch: "loss, mean over batches of the sum", perPair: "nats")

  package let temperature: Float

  package init(temperature: Float) { self.temperature = temperature }

  package var fields: [String: JSON] { ["temperature": JSON(temperature)] }

  package init(_ json: JSON) throws {
    guard let temperature = json["temperature"]?.number, temperature > 0, temperature.isFinite else {
      throw ArtifactError.incompleteRecipe
    }
    self.temperature = Float(temperature)
  }

  package var isLinear: Bool { false }
  package var hasUnitQueries: Bool { true }
  package var foldInNeedsCounts: Bool { false }

  package func foldInRule(candidates: Matrix, counts: [Int64]) -> any FoldInRule {
    preconditionFailure("a model of the next candidate has bags over histories")
  }
}
