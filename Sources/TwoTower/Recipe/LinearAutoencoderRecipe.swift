package import CanonicalJSON
package import Kernels

/// A model of a linear autoencoder, whose queries are sums of its candidates: nothing else is needed after training.
package struct LinearAutoencoderRecipe: MethodRecipe {
  package static let name = "linear-autoencoder"
  package static let lossUnit = (
    perEpoch: "loss, mean over batches of the sum", perPair: "squared distance of unit vectors"
  )

  package init() {}

  package var fields: [String: JSON] { [:] }

  package init(_ json: JSON) {}

  package var isLinear: Bool { true }
  package var hasUnitQueries: Bool { false }
  package var foldInNeedsCounts: Bool { false }

  package func foldInRule(candidates: Matrix, counts: [Int64]) -> any FoldInRule {
    BagFoldIn(candidates: candidates)
  }
}
