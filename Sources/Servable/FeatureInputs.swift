package import Features
package import Kernels
import Tables
import TwoTower

/// The features of queries as forms for other programs hold them: an input for each column, and for each feature a block
/// of an encoding, whose product with a table is the vector of an unknown query.
package struct FeatureInputs: Sendable {
  package struct Input: Sendable {
    package let name: String
    package let kind: QueryFeature.Kind
  }

  /// How the values of an input become a block of the encoding.
  package enum Scale: Sendable {
    /// 1 in the column of a value; 1 / √(number of values) for a list.
    case values([String])
    /// 1 in one of n + 1 columns: that of the number of bounds that a value reaches.
    case bounds([Double])
    /// A column: the number less the mean, divided by the deviation; 0 if that is 0.
    case moments(mean: Double, deviation: Double)
  }

  package struct Block: Sendable {
    /// The place of its input.
    package let input: Int
    package let scale: Scale
  }

  package let inputs: [Input]
  package let blocks: [Block]
  /// A row for each column of the encoding.
  package let table: Matrix
  /// `true` if a vector is brought to unit length.
  package let isNormalised: Bool
  /// The covariance matrix of the candidates, in row-major order: popularity is the weight times `√(vᵀ C v)`, after the
  /// vector v. `nil` for a model without popularity.
  package let popularity: (weight: Float, covariance: [Double])?

  /// The greatest number of values of a feature: a form compares what it is given with each.
  package static let mostValues = 100_000

  /// The declarations of features that forms cannot hold: hashed values, words, parts of times, very many values, and a column that is
  /// read both as numbers and as texts.
  package static func unreadable(_ set: FeatureSet) -> [String] {
    set.features.filter { feature in
      guard !feature.kind.isWords, feature.width <= mostValues else { return true }
      switch feature.scale {
      case .hash, .timeParts: return true
      case .vocabulary: return set.isNumeric(feature.declaration.column)
      case .bounds, .moments: return false
      }
    }.map(\.declaration.text)
  }
}

extension Servable {
  /// Returns the features of queries for exported forms; `nil` for a model whose query tower has none.
  ///
  /// - Precondition: forms can hold them (`FeatureInputs.unreadable`).
  package func featureInputs() throws -> FeatureInputs? {
    guard let towers = try queriesByFeatures() else { return nil }
    let columns = try queryFeatures()
    return FeatureInputs(
      inputs: columns.map { FeatureInputs.Input(name: $0.name, kind: $0.kind) },
      blocks: towers.features.features.map { feature in
        let scale: FeatureInputs.Scale =
          switch feature.scale {
          case .vocabulary(let values, _): .values(values.array)
          case .bounds(let bounds): .bounds(bounds)
          case .moments(let mean, let deviation): .moments(mean: mean, deviation: deviation)
          case .hash, .timeParts: preconditionFailure("no form holds hashed values and parts of times")
          }
        guard let input = columns.firstIndex(where: { $0.name == feature.declaration.column }) else {
          preconditionFailure("columns are those of the features")
        }
        return FeatureInputs.Block(input: input, scale: scale)
      }, table: towers.tower.table, isNormalised: towers.tower.isNormalised, popularity: towers.popularity)
  }
}
