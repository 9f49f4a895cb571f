package import CanonicalJSON
package import Kernels

/// A model of a graph filter, whose queries are sums of its candidates: nothing else is needed after training.
package struct GraphFilterRecipe: MethodRecipe {
  package static let name = "graph-filter"
  package static let lossUnit = (
    perEpoch: "energy of the normalised interactions that the vectors leave out",
    perPair: "energy of the normalised interactions that the vectors leave out"
  )

  package init() {}

  package var fields: [String: JSON] { [:] }

  package init(_ json: JSON) {}

  package var isLinear: Bool { true }
  package var hasUnitQueries: Bool { false }
  package var foldInNeedsCounts: Bool { false }

  package func foldInRule(candidates: Matrix, counts: [Int64]) -> any FoldInRule { BagFoldIn(candidates: candidates) }
}
