package import Kernels
import Tables
import TwoTower

/// Numbers of a query tower that an exported form holds, in row-major order: the tower's part of every value of a feature
/// ("features"), what contexts are added to ("context_inputs" and, 0 for queries that no context changes, "context_mask"),
/// and the weights, biases, gains and shifts of dense layers ("layer_1_weights" and so on).
package struct FeatureTable: Sendable {
  package let name: String
  package let values: SharedValues<Float>
  package let columns: Int
  package var rows: Int { values.count / columns }

  init(_ name: String, _ values: SharedValues<Float>, columns: Int) {
    self.name = name
    self.values = values
    self.columns = columns
  }

  init(_ name: String, _ matrix: Matrix) {
    self.init(name, SharedValues(copying: matrix.values), columns: matrix.columns)
  }

  /// The table of a row for each column of the encoding.
  static func values(_ parts: [Matrix]) -> [FeatureTable] {
    [FeatureTable("features", SharedValues(copying: parts.flatMap(\.values)), columns: parts[0].columns)]
  }

  /// The tables of layers: weights and biases of each, and where its sums are normalised gains and shifts.
  static func layers(_ layers: DenseLayers) -> [FeatureTable] {
    layers.matrices.enumerated().flatMap { number, matrix in
      let inputs = layers.widths[number]
      let extra = zip(inputs..<matrix.rows, ["bias", "gain", "shift"]).map { row, part in
        FeatureTable("layer_\(number + 1)_\(part)", SharedValues(copying: matrix.row(row)), columns: matrix.columns)
      }
      return [FeatureTable("layer_\(number + 1)_weights", matrix.first(inputs))] + extra
    }
  }
}
