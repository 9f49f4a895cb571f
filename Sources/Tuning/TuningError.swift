/// Why a search finds no recipe.
package enum TuningError: Error, Equatable, CustomStringConvertible {
  case tooFewPairs(found: Int, needed: Int)
  case allFailed(first: String)

  package var description: String {
    switch self {
    case .tooFewPairs(let found, let needed):
      "the input \"train\" has \(found) positive pairs, and a search needs \(needed) to hold some out; train without tune"
    case .allFailed(let first): "every trial failed, the first because \(first)"
    }
  }
}
