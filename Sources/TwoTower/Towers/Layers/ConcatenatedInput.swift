import Features
import Kernels
import LinearAlgebra

/// The places of an id's vector and of each feature in the input of dense layers, side by side in the order of the
/// declarations. A number stands there itself; any other feature has the sum of its values' vectors, each times its
/// weight (`Feature`). What is missing is zero.
struct ConcatenatedInput: Sendable {
  let idWidth: Int
  /// Length of a value's vector.
  let valueWidth: Int
  /// Length of an input.
  let width: Int
  /// By column of the encoding: where its feature begins, and whether it is a number.
  private let places: [(start: Int, isNumber: Bool)]

  /// - Parameter idWidth: length of an id's vector, and of whatever else stands before the features; 0 where nothing does.
  init(idWidth: Int, _ features: FeatureSet, valueWidth: Int) {
    self.idWidth = idWidth
    self.valueWidth = valueWidth
    var (end, places) = (idWidth, [(start: Int, isNumber: Bool)]())
    for feature in features.features {
      places += [(start: Int, isNumber: Bool)](repeating: (end, feature.isItself), count: feature.width)
      end += feature.isItself ? 1 : valueWidth
    }
    (width, self.places) = (end, places)
  }

  /// `true` for a column of the encoding whose value has a vector.
  func hasVector(_ column: Int32) -> Bool { !places[Int(column)].isNumber }

  /// Adds the values of a row of an encoding to a row of inputs.
  func add(_ encoding: SparseMatrix, _ encoded: Int, _ table: Matrix, to input: Matrix, row: Int) {
    for element in encoding.starts[encoded]..<encoding.starts[encoded + 1] {
      let (column, weight) = (Int(encoding.columns[element]), encoding.values?[element] ?? 1)
      let (start, isNumber) = places[column]
      if isNumber {
        input[row, start] += weight
      } else {
        input.addScaled(row: column, of: table, by: weight, to: row, from: start)
      }
    }
  }

  /// Adds the part of a value in the gradient of a row of inputs to a row of gradients of values.
  func addGradient(of value: ValuesOfRows.Value, from ofInputs: Matrix, to gradients: Matrix, row: Int) {
    gradients.addScaled(
      row: Int(value.row), from: places[Int(value.column)].start, of: ofInputs, by: value.weight, to: row)
  }
}

extension Feature {
  /// `true` if the feature is a number that goes into dense layers as it is, and has no vector.
  fileprivate var isItself: Bool { if case .moments = scale { true } else { false } }
}
