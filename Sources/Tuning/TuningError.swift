/// Why a search finds no recipe.
package enum TuningError: Error, Equatable, CustomStringConvertible {
  case tooFewPairs(found: Int, needed: Int)
  case allFailed(first: String)

  package var description: String {
    switch self {
    case .tooFewPairs(let found, let needed):
      "\(found) positive pairs are too few to hold some out; \(needed) are needed; give more data or a lower --threshold, or train without tune"
    case .allFailed(let first): "every trial failed, the first because \(first); correct that, or try other --families"
    }
  }
}
