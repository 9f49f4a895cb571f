package import CanonicalJSON
package import Kernels

/// A recipe of models whose queries are sums of their candidates: nothing else is needed after training.
package protocol BagRecipe: MethodRecipe {
  init()
}

extension BagRecipe {
  package init(_ json: JSON) { self.init() }
  package var fields: [String: JSON] { [:] }
  package var isLinear: Bool { true }
  package var hasUnitQueries: Bool { false }
  package var foldInNeedsCounts: Bool { false }

  package func foldInRule(candidates: Matrix, counts: [Int64]) -> any FoldInRule { BagFoldIn(candidates: candidates) }
}
