package import Features
package import Interactions
package import Kernels
package import Tables

/// A table of trainable parameters: what an optimizer steps on, a training state holds and a warm start takes over,
/// whatever the tower makes of it.
package struct ParameterTable: Sendable {
  /// The name, unique within its tower.
  package let name: String
  package let rows: Rows
  package let matrix: Matrix

  /// The vocabulary or features that number the rows of a table, so that a warm start finds them again.
  package enum Rows: Sendable {
    /// The vocabulary of a side, row 0 for the unknown.
    case vocabulary(TowerSide)
    /// The columns of an encoding by features.
    case features(FeatureSet)
    /// The columns of an encoding of contexts.
    case context(FeatureSet)
    /// The inputs of a dense layer, then its biases and what else it has. No penalty on vectors is for them.
    case layer
  }

  package init(_ name: String, rowsOf vocabulary: TowerSide, _ matrix: Matrix) {
    self.init(name: name, rows: .vocabulary(vocabulary), matrix: matrix)
  }

  package init(_ name: String, rowsOf features: FeatureSet, _ matrix: Matrix) {
    self.init(name: name, rows: .features(features), matrix: matrix)
  }

  package init(_ name: String, rowsOfContext features: FeatureSet, _ matrix: Matrix) {
    self.init(name: name, rows: .context(features), matrix: matrix)
  }

  package init(_ name: String, ofLayer matrix: Matrix) { self.init(name: name, rows: .layer, matrix: matrix) }

  package var isLayer: Bool { if case .layer = rows { true } else { false } }

  private init(name: String, rows: Rows, matrix: Matrix) {
    self.name = name
    self.rows = rows
    self.matrix = matrix
  }

  /// The same parameters with other values.
  package func with(_ matrix: Matrix) -> ParameterTable {
    ParameterTable(name: name, rows: rows, matrix: matrix)
  }
}

/// Gradients of the rows of one parameter table that a batch reaches, each row once.
package struct ParameterGradients: Sendable {
  package let rows: [EmbeddingRow]
  /// The number of times that the batch has each row, by which a penalty by frequency is multiplied.
  package let occurrences: [Float]
  /// Row r belongs to `rows[r]`, and has the columns of the parameter table.
  package let matrix: Matrix
}

/// A tower: the function from the rows of one vocabulary to vectors, with its trainable parameters.
///
/// Training, the optimizers' memory, checkpoints, the best epoch and warm starts go through `parameters`, so a tower is
/// added in one file. Unit length, where an objective asks for it, is applied after the tower (`ScaledVectors`).
package protocol Tower: Sendable {
  /// Number of rows of the vocabulary, row 0 for the unknown.
  var rowCount: Int { get }
  /// Length of a vector.
  var dimension: Int { get }
  /// The parameter tables, in one order for the life of the tower; their matrices are trained in place.
  var parameters: [ParameterTable] { get }

  /// The inputs and widths of the tower's dense layers; `nil` where it has none.
  var layerShape: LayerShape? { get }

  /// The tower as a function of features alone, for what training never saw; `nil` for a tower without features.
  ///
  /// - Parameter isNormalised: `true` if vectors are brought to unit length.
  func features(isNormalised: Bool) -> FeatureVectors?

  /// The queries in contexts that are the rows of `vectors(of:)` and `pullBack` in place of those of the vocabulary; `nil`
  /// for a tower without context.
  var queriesInContext: QueriesInContext? { get }

  /// The tower as a function of queries and contexts that come after training; `nil` for a tower without context.
  ///
  /// - Parameter isNormalised: `true` if vectors are brought to unit length.
  func contexts(isNormalised: Bool, threads: Int) -> ContextVectors?

  /// Vectors of some rows: a new matrix of `rows.count` rows.
  func vectors(of rows: [EmbeddingRow], threads: Int) -> Matrix

  /// Gradients of the parameters from those of some vectors (the vector-Jacobian product), one for each of
  /// `parameters`, with sums in an order that the number of threads does not change.
  ///
  /// - Parameters:
  ///   - gradients: row r belongs to `rows[r]`; a tower may take the memory as its own.
  ///   - rows: distinct.
  ///   - occurrences: how often the batch has each row.
  func pullBack(
    _ gradients: Matrix, of rows: [EmbeddingRow], occurrences: [Float], threads: Int
  ) -> [ParameterGradients]

  /// The same tower over other values of its parameters, in their order.
  func with(_ parameters: [Matrix]) -> Self

  /// The tower over the same parameters as a step of a training has it, where that is another than after training.
  func inTraining(step: Int) -> Self

  /// Vectors of all rows of the vocabulary, of any context none: a new matrix.
  func vocabularyVectors(threads: Int) -> Matrix

  /// The same, not to be written to.
  func allVectors(threads: Int) -> Matrix
}

extension Tower {
  package var layerShape: LayerShape? { nil }

  package func features(isNormalised: Bool) -> FeatureVectors? { nil }

  package func inTraining(step: Int) -> Self { self }

  package var queriesInContext: QueriesInContext? { nil }

  package func contexts(isNormalised: Bool, threads: Int) -> ContextVectors? { nil }

  var allRows: [EmbeddingRow] { (0..<rowCount).map { EmbeddingRow(index: $0) } }

  package func vocabularyVectors(threads: Int) -> Matrix { vectors(of: allRows, threads: threads) }

  package func allVectors(threads: Int) -> Matrix { vocabularyVectors(threads: threads) }
}
