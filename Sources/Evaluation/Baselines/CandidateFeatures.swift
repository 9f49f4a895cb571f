package import Features
package import Interactions
import LinearAlgebra
package import TwoTower

/// The candidates of an evaluation by their features.
package struct CandidateFeatures: Sendable, Equatable {
  /// A row for each candidate that competes, by its number; without elements for those that have no features.
  let matrix: SparseMatrix

  /// - Parameter matrix: a row for each candidate that competes.
  init(_ matrix: SparseMatrix) { self.matrix = matrix }

  /// - Parameters:
  ///   - encoded: the values of `vocabulary` by their features.
  ///   - model, other: whose candidates compete.
  /// - Throws: `EvaluationError.otherCandidates` if the features are those of another column.
  package init(
    _ encoded: EncodedVocabulary, of vocabulary: Vocabulary, model: Model, other: Model?
  ) throws(EvaluationError) {
    let column = model.vocabularies.candidate.column
    guard vocabulary.column == column else {
      throw .otherCandidates(model: column, features: vocabulary.column)
    }
    var candidates = IDMap(model.vocabularies.candidate)
    if let other { _ = candidates.rows(of: other.vocabularies.candidate) }
    let count = candidates.count
    let numbers = candidates.numbers(of: vocabulary.values)
    var (rows, columns, values) = ([Int32](), [Int32](), [Float]())
    for (place, number) in numbers.enumerated() where Int(number) < count {
      for element in encoded.matrix.starts[place]..<encoded.matrix.starts[place + 1] {
        rows.append(number)
        columns.append(encoded.matrix.columns[element])
        values.append(encoded.matrix.values?[element] ?? 1)
      }
    }
    self.init(
      SparseMatrix(
        rowCount: count, columnCount: encoded.features.width, rows: rows, columns: columns, values: values))
  }

  /// The number of values that all candidates have together.
  package var valueCount: Int { matrix.columns.count }
}
