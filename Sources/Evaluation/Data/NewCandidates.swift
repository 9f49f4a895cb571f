package import Interactions
import Tables

extension Interactions {
  /// The rows whose candidate is in no row of `train`.
  ///
  /// - Throws: `EvaluationError.noNewCandidates` if there is none.
  package func withCandidates(notIn train: Interactions, column: String) throws -> Interactions {
    let (own, known) = (try text(column), try train.text(column).dictionary)
    let isNew = own.dictionary.places(in: known).map { $0 < 0 }
    let rows = own.codes.indices.filter { isNew[Int(own.codes[$0])] }
    guard !rows.isEmpty else { throw EvaluationError.noNewCandidates }
    return selecting(rows)
  }
}
