import CandidateIndex
package import Features
package import Kernels
import Tables
import TwoTower

/// The features of queries and of their context as forms for other programs hold them: an input for each column, and for
/// each feature a block of an encoding. The encoding times a table is added to what the tower has of a known query, or to
/// nothing for an unknown one with features, and goes through the tower's dense layers, if there are such.
package struct FeatureInputs: Sendable {
  package struct Input: Sendable {
    package let name: String
    package let kind: QueryFeature.Kind
    /// `true` for a column of the context, which known queries have too.
    package let isOfContext: Bool
  }

  /// How the values of an input become a block of the encoding.
  package enum Scale: Sendable {
    /// 1 in the column of a value; 1 / √(number of values) for a list.
    case values([String])
    /// 1 in one of n + 1 columns: that of the number of bounds that a value reaches.
    case bounds([Double])
    /// A column: the number less the mean, divided by the deviation; 0 if that is 0.
    case moments(mean: Double, deviation: Double)
    /// 1 in the column of a part of a time, in seconds since 1970.
    case timePart(TimePart)
  }

  package struct Block: Sendable {
    /// The place of its input.
    package let input: Int
    package let scale: Scale
    /// `true` for a feature of the context.
    package let isOfContext: Bool
  }

  /// The dense layers of a query tower, whose numbers are among the tables.
  package struct Layers: Sendable {
    package let count: Int
    package let activation: Activation
    /// `true` if the sums of each layer but the last are normalised before the activation.
    package let isNormalised: Bool
  }

  /// Those of queries before those of the context.
  package let inputs: [Input]
  package let blocks: [Block]
  /// The numbers that the form holds.
  package let tables: [FeatureTable]
  /// `nil` for a tower that adds vectors.
  package let layers: Layers?
  /// `true` if a vector is brought to unit length.
  package let isNormalised: Bool
  /// Length of a vector without popularity.
  package let dimension: Int
  /// The covariance matrix of the candidates, in row-major order: popularity is the weight times `√(vᵀ C v)`, after the
  /// vector v. `nil` for a model without popularity.
  package let popularity: (weight: Float, covariance: [Double])?

  /// `true` if queries are answered in a context.
  package var readsContext: Bool { blocks.contains(where: \.isOfContext) }
  /// `true` if unknown queries are answered by features of their own.
  package var readsQuery: Bool { !blocks.allSatisfy(\.isOfContext) }

  /// The greatest number of values of a feature: a form compares what it is given with each.
  package static let mostValues = 100_000

  /// The declarations of features that forms cannot hold: hashed values, words, very many values, and a column that is read
  /// both as numbers and as texts.
  package static func unreadable(_ set: FeatureSet) -> [String] {
    set.features.filter { feature in
      guard !feature.kind.isWords, feature.width <= mostValues else { return true }
      switch feature.scale {
      case .hash: return true
      case .vocabulary: return set.isNumeric(feature.declaration.column)
      case .bounds, .moments, .timeParts: return false
      }
    }.map(\.declaration.text)
  }
}

extension Servable {
  /// Returns the features of queries and contexts for exported forms; `nil` for a model whose query tower has neither.
  ///
  /// - Precondition: forms can hold them (`FeatureInputs.unreadable`).
  package func featureInputs() throws -> FeatureInputs? {
    let (ofQueries, inContext) = (try queriesByFeatures(), try contextualQueries())
    guard let isNormalised = ofQueries?.tower.isNormalised ?? inContext?.tower.isNormalised else { return nil }
    let sets = [(ofQueries?.features, false), (inContext?.features, true)].compactMap { set, isOfContext in
      set.map { (set: $0, isOfContext: isOfContext) }
    }
    let inputs = sets.flatMap { set, isOfContext in
      set.columns.map { name in
        FeatureInputs.Input(name: name, kind: QueryFeature(name, in: set).kind, isOfContext: isOfContext)
      }
    }
    let layers = ofQueries?.tower.layers ?? inContext?.tower.layers?.layers
    return FeatureInputs(
      inputs: inputs,
      blocks: sets.flatMap { set, isOfContext in
        set.features.map { FeatureInputs.Block($0, isOfContext: isOfContext, inputs) }
      },
      tables: FeatureTable.values([ofQueries?.tower.inputsOfValues, inContext?.tower.inputsOfValues].compactMap { $0 })
        + (try contextTables()) + (layers.map { FeatureTable.layers($0) } ?? []),
      layers: layers.map {
        FeatureInputs.Layers(
          count: $0.matrices.count, activation: $0.form.activation, isNormalised: $0.form.isNormalised)
      }, isNormalised: isNormalised, dimension: recipe.ownDimension(of: index.dimension),
      popularity: ofQueries?.popularity ?? inContext?.popularity)
  }

  /// The table of the inputs that contexts are added to, and the mask of the queries that have such: all but those that
  /// are folded in.
  private func contextTables() throws -> [FeatureTable] {
    guard let contextInputs else { return [] }
    let isAnswered = [Float(1)] + (0..<queries.count).map { basis(of: $0) == .history ? 0 : 1 }
    return [
      FeatureTable("context_inputs", contextInputs.values, columns: contextInputs.columns),
      FeatureTable("context_mask", SharedValues(copying: isAnswered), columns: 1),
    ]
  }
}

extension FeatureInputs.Block {
  fileprivate init(_ feature: Feature, isOfContext: Bool, _ inputs: [FeatureInputs.Input]) {
    guard let input = inputs.firstIndex(where: { $0.name == feature.declaration.column }) else {
      preconditionFailure("columns are those of the features")
    }
    let scale: FeatureInputs.Scale =
      switch feature.scale {
      case .vocabulary(let values, _): .values(values.array)
      case .bounds(let bounds): .bounds(bounds)
      case .moments(let mean, let deviation): .moments(mean: mean, deviation: deviation)
      case .timeParts(let part, _): .timePart(part)
      case .hash: preconditionFailure("no form holds hashed values")
      }
    self.init(input: input, scale: scale, isOfContext: isOfContext)
  }
}
