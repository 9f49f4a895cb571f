/// The two sides of a model, each with a vocabulary.
package enum TowerSide: String, Sendable, CaseIterable {
  case query, candidate
}

extension Vocabularies {
  /// The vocabulary that numbers the rows of a side.
  package subscript(side: TowerSide) -> Vocabulary {
    switch side {
    case .query: query
    case .candidate: candidate
    }
  }
}
