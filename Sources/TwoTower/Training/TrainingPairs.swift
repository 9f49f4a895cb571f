/// What is learnt from: rows of the query and candidate tables, pair by pair, and what each pair's loss is multiplied
/// with.
package struct TrainingPairs: Sendable {
  package var queries: [Int32]
  package var candidates: [Int32]
  package var weights: [Float]?

  package var count: Int { queries.count }

  package init(queries: [Int32], candidates: [Int32], weights: [Float]? = nil) {
    precondition(queries.count == candidates.count, "\(queries.count) queries, \(candidates.count) candidates")
    self.queries = queries
    self.candidates = candidates
    self.weights = weights
  }
}
