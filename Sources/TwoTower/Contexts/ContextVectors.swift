package import Features
package import Kernels
import LinearAlgebra
import Tables

/// A trained query tower with context, for queries in contexts that come after training: what the tower has of each query
/// before its context is added, and the vectors of the context's values.
///
/// A context that is missing adds nothing, and gives the vectors that `Model.queries` has.
package struct ContextVectors: Sendable {
  package let features: FeatureSet
  /// A row for each column of an encoding.
  package let table: Matrix
  /// A row for each of the query vocabulary: a vector before unit length, or the input of dense layers. Row 0 answers
  /// whoever is unknown.
  package let inputs: Matrix
  /// `true` if a vector is brought to unit length.
  package let isNormalised: Bool
  /// The dense layers that inputs go through, and the place of the context's first input; `nil` where vectors are added.
  package let layers: (layers: DenseLayers, start: Int)?
  private let places: ConcatenatedInput?

  package init(
    _ features: FeatureSet, table: Matrix, inputs: Matrix, isNormalised: Bool,
    layers: (layers: DenseLayers, start: Int)? = nil
  ) {
    precondition(table.rows == features.width, "\(table.rows) rows for \(features.width) values")
    self.features = features
    self.table = table
    self.inputs = inputs
    self.isNormalised = isNormalised
    self.layers = layers
    places = layers.map { ConcatenatedInput(idWidth: $0.start, features, valueWidth: table.columns) }
  }

  /// Length of a vector.
  var dimension: Int { layers?.layers.widths.last ?? table.columns }

  /// The vectors of queries before their contexts are added.
  func inputs(of rows: [EmbeddingRow]) -> Matrix {
    let own = Matrix(rows: rows.count, columns: inputs.columns)
    own.gather(inputs, rows: rows.map(\.index))
    return own
  }

  /// The part that each column of an encoding has, at weight 1, in what is added to the input of a query: a row each.
  package var inputsOfValues: Matrix {
    guard let places else { return table }
    let values = Matrix(rows: features.width, columns: inputs.columns)
    let encoding = SparseMatrix.identity(features.width)
    for column in 0..<features.width { places.add(encoding, column, table, to: values, row: column) }
    return values
  }

  /// A vector for each input in a context.
  ///
  /// - Parameters:
  ///   - own: of queries (`inputs(of:)`) or of unknown ones' features; taken over.
  ///   - contexts: rows of the encoding.
  func vectors(_ own: Matrix, _ encoding: SparseMatrix, contexts: [Int], threads: Int) -> Matrix {
    precondition(encoding.columnCount == table.rows, "\(encoding.columnCount) columns of \(table.rows)")
    precondition(own.rows == contexts.count, "\(own.rows) queries in \(contexts.count) contexts")
    parallelRows(own.rows, threads: threads) { row in
      if let places {
        places.add(encoding, contexts[row], table, to: own, row: row)
      } else {
        own.addRows(of: table, encoding, contexts[row], to: row)
      }
    }
    return ScaledVectors(passed(own, threads: threads), isNormalised: isNormalised).matrix
  }

  /// The parts of a vector, which together are it: the given ones of a query, then a row for each feature of the context.
  /// Only where vectors are added.
  ///
  /// - Parameters:
  ///   - own: the query's parts before unit length, one or more, which together are its input.
  ///   - context: a row of the encoding.
  func shares(_ own: Matrix, _ encoding: SparseMatrix, context: Int) -> Matrix {
    precondition(layers == nil, "dense layers have no parts")
    let ofContext = features.parts(of: encoding, row: context, table: table)
    let shares = Matrix(rows: own.rows + ofContext.rows, columns: table.columns)
    for row in 0..<own.rows { shares.copy(row: row, of: own, to: row) }
    for row in 0..<ofContext.rows { shares.copy(row: row, of: ofContext, to: own.rows + row) }
    guard isNormalised else { return shares }
    let sum = Matrix(rows: 1, columns: table.columns)
    for row in 0..<shares.rows { sum.addScaled(row: row, of: shares, by: 1, to: 0) }
    let length = max(sum.squaredLength(row: 0).squareRoot(), ScaledVectors.leastNorm)
    for row in 0..<shares.rows { shares.scale(row: row, by: 1 / length) }
    return shares
  }

  /// Inputs as they are where vectors are added, and else the layers' outputs.
  private func passed(_ own: Matrix, threads: Int) -> Matrix {
    guard let layers = layers?.layers else { return own }
    return layers.outputs(own.rows, threads: threads) { rows in
      let chunk = Matrix(rows: rows.count, columns: own.columns)
      chunk.gather(own, rows: rows.map { Int32($0) })
      return chunk
    }
  }

  /// The vectors of some of the queries.
  func keeping(_ isKept: [Bool]) -> ContextVectors { with(inputs.keeping(isKept)) }

  /// The same with other inputs.
  package func with(_ inputs: Matrix) -> ContextVectors {
    ContextVectors(features, table: table, inputs: inputs, isNormalised: isNormalised, layers: layers)
  }

  /// The same, where the average of all known queries answers in the place of whoever is unknown: the row of the unknown
  /// is as it was drawn, and says nothing.
  func answeringUnknownByMean() -> ContextVectors {
    let known = EmbeddingRow.known(of: inputs.rows)
    guard !known.isEmpty else { return self }
    let all = inputs.copy()
    all.zero(row: 0)
    for row in known { all.addScaled(row: Int(row.index), of: inputs, by: 1 / Float(known.count), to: 0) }
    return with(all)
  }
}
