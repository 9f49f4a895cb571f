import BasicAlgorithms
package import Features
package import Kernels
package import LinearAlgebra

/// The vectors of the values of a side's features. What has no parameters of its own, since training never saw it, has
/// the sum of those of its values: a list's weighted by 1 / √(number of values), a number's by the number. Of a tower with
/// dense layers it has what these make of its values, with zeros in the place of an id's vector.
package struct FeatureVectors: Sendable {
  package let features: FeatureSet
  /// A row for each column of an encoding.
  package let table: Matrix
  /// `true` if a vector is brought to unit length.
  package let isNormalised: Bool
  /// The dense layers that the vectors of values go through; `nil` where they are added.
  package let layers: DenseLayers?
  private let input: ConcatenatedInput?

  package init(_ features: FeatureSet, table: Matrix, isNormalised: Bool, layers: DenseLayers? = nil) {
    precondition(table.rows == features.width, "\(table.rows) rows for \(features.width) values")
    self.features = features
    self.table = table
    self.isNormalised = isNormalised
    self.layers = layers
    input = layers.map { layers in
      // Whatever inputs the features do not take are an id's.
      let width = ConcatenatedInput(idWidth: 0, features, valueWidth: table.columns).width
      precondition(width <= layers.widths[0], "\(layers.widths[0]) inputs for features of \(width)")
      return ConcatenatedInput(idWidth: layers.widths[0] - width, features, valueWidth: table.columns)
    }
  }

  /// `true` if a vector is a sum over features, so that a score can be explained as one.
  package var isLinear: Bool { layers == nil }

  /// Length of a vector.
  var dimension: Int { layers?.widths.last ?? table.columns }

  /// A row for each row of an encoding; what has no known value has the vector of zeros.
  package func vectors(of encoding: SparseMatrix, threads: Int) -> Matrix {
    vectors(of: encoding, rows: Array(0..<encoding.rowCount), threads: threads)
  }

  /// A row for each of some rows of an encoding.
  func vectors(of encoding: SparseMatrix, rows: [Int], threads: Int) -> Matrix {
    guard let layers else {
      return ScaledVectors(inputs(of: encoding, rows: rows, threads: threads), isNormalised: isNormalised).matrix
    }
    let vectors = layers.outputs(rows.count, threads: threads) {
      inputs(of: encoding, rows: Array(rows[$0]), threads: threads)
    }
    // Layers make something of nothing too.
    for (row, encoded) in rows.enumerated() where encoding.row(encoded).isEmpty { vectors.zero(row: row) }
    return ScaledVectors(vectors, isNormalised: isNormalised).matrix
  }

  /// The sum of the values' vectors for each of some rows of an encoding, before unit length, or the input that dense
  /// layers have of them.
  func inputs(of encoding: SparseMatrix, rows: [Int], threads: Int = 1) -> Matrix {
    precondition(encoding.columnCount == table.rows, "\(encoding.columnCount) columns of \(table.rows)")
    let inputs = Matrix(rows: rows.count, columns: input?.width ?? table.columns)
    parallelRows(rows.count, threads: threads) { row in
      if let input {
        input.add(encoding, rows[row], table, to: inputs, row: row)
      } else {
        inputs.addRows(of: table, encoding, rows[row], to: row)
      }
    }
    return inputs
  }

  /// The part that each column of an encoding has, at weight 1, in a sum of vectors or in the input of dense layers: a row
  /// each.
  package var inputsOfValues: Matrix {
    guard input != nil else { return table }
    return inputs(of: .identity(features.width), rows: Array(0..<features.width))
  }

  /// The parts that features have in the vector of a row of an encoding: a row for each feature, which together are
  /// the vector. Only for a sum (`isLinear`).
  func shares(of encoding: SparseMatrix, row: Int) -> Matrix {
    let shares = parts(of: encoding, row: row)
    guard isNormalised else { return shares }
    let sum = Matrix(rows: 1, columns: table.columns)
    sum.addRows(of: table, encoding, row, to: 0)
    let length = max(sum.squaredLength(row: 0).squareRoot(), ScaledVectors.leastNorm)
    for feature in 0..<shares.rows { shares.scale(row: feature, by: 1 / length) }
    return shares
  }

  /// The parts before unit length, which together are the sum of the values' vectors.
  func parts(of encoding: SparseMatrix, row: Int) -> Matrix {
    precondition(isLinear, "dense layers have no parts")
    return features.parts(of: encoding, row: row, table: table)
  }
}

extension FeatureSet {
  /// The sums of the vectors of each feature's values in a row of an encoding, times their weights: a row for each feature.
  ///
  /// - Parameter table: a row for each column of the encoding.
  func parts(of encoding: SparseMatrix, row: Int, table: Matrix) -> Matrix {
    let ends = features.reduce(into: [Int]()) { ends, feature in ends.append((ends.last ?? 0) + feature.width) }
    let parts = Matrix(rows: ends.count, columns: table.columns)
    for place in encoding.starts[row]..<encoding.starts[row + 1] {
      let column = Int(encoding.columns[place])
      let feature = ends.indices.partitioningIndex { ends[$0] > column }
      parts.addScaled(row: column, of: table, by: encoding.values?[place] ?? 1, to: feature)
    }
    return parts
  }
}

extension Matrix {
  /// Adds the rows of a table that a row of an encoding names, times their weights.
  func addRows(of table: Matrix, _ encoding: SparseMatrix, _ encoded: Int, to row: Int) {
    for place in encoding.starts[encoded]..<encoding.starts[encoded + 1] {
      addScaled(row: Int(encoding.columns[place]), of: table, by: encoding.values?[place] ?? 1, to: row)
    }
  }
}

extension SparseMatrix {
  /// The encoding of which row r has column r alone.
  static func identity(_ size: Int) -> SparseMatrix {
    SparseMatrix(columnCount: size, rows: (0..<size).map { [(column: Int32($0), value: Float(1))] })
  }
}
