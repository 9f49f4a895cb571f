import DisplayText
import Features
import LinearAlgebra

/// The features that a request gives, encoded: a row of those of the query and one of those of the context, where the model
/// reads such.
struct GivenFeatures: Sendable {
  let query: SparseMatrix?
  let context: SparseMatrix?

  /// `true` if the model knows a value of the query's features.
  var isQueryKnown: Bool { query.map { !$0.columns.isEmpty } ?? false }
  /// `true` if the model knows a value of the context's.
  var isContextKnown: Bool { context.map { !$0.columns.isEmpty } ?? false }
  /// `true` if the model knows a value of either.
  var isKnown: Bool { isQueryKnown || isContextKnown }

  /// - Parameters:
  ///   - values: by the columns that features are made of.
  ///   - query, context: the features that the model reads; `nil` where it reads none.
  /// - Throws: `ServableError` for what the model does not read.
  init(
    _ values: [String: [String]], query ofQuery: FeatureSet?, context ofContext: FeatureSet?
  ) throws(ServableError) {
    let there = (ofQuery?.columns ?? []) + (ofContext?.columns ?? [])
    guard !there.isEmpty else { throw .readsNoFeatures }
    if let stranger = values.keys.filter({ !there.contains($0) }).min() {
      throw .unknownFeature(stranger, like: nearestName(to: stranger, among: there), there: there)
    }
    query = try ofQuery.map { set throws(ServableError) in try Self.encoding(values, set) }
    context = try ofContext.map { set throws(ServableError) in try Self.encoding(values, set) }
  }

  private static func encoding(
    _ values: [String: [String]], _ set: FeatureSet
  ) throws(ServableError) -> SparseMatrix {
    do {
      return try EncodedFeatures(set, given: values.filter { set.columns.contains($0.key) }).matrix
    } catch {
      switch error {
      case .notANumber(let text, let column): throw .featureNotANumber(text, feature: column)
      case .severalValues(let count, let column): throw .featureNotSingle(count, feature: column)
      default: preconditionFailure("\(error)")
      }
    }
  }
}
