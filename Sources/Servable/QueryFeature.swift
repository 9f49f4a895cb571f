import Features
import Tables
import TwoTower

/// A column that features of queries are made of, as requests give its values.
public struct QueryFeature: Sendable, Equatable {
  public enum Kind: String, Sendable {
    case number
    /// One text.
    case text
    /// Several texts.
    case list
  }

  public let name: String
  public let kind: Kind
  /// Values that the model knows, the most frequent first and 100 at most; empty for numbers, words and hashed values.
  public let values: [String]

  private static let mostValues = 100

  init(_ name: String, in set: FeatureSet) {
    self.name = name
    kind = set.isNumeric(name) ? .number : set.isSingle(name) ? .text : .list
    let scales = set.features.filter { $0.declaration.column == name && !$0.kind.isWords }.map(\.scale)
    values = scales.lazy.compactMap(Self.values).first ?? []
  }

  private static func values(_ scale: Feature.Scale) -> [String]? {
    guard case .vocabulary(let values, let counts) = scale else { return nil }
    return values.indices.sorted { counts[$0] != counts[$1] ? counts[$0] > counts[$1] : $0 < $1 }
      .prefix(mostValues).map { values[$0] }
  }
}

extension Servable {
  /// The columns whose values requests may give, in the order of their declarations: of unknown queries, and of the
  /// context of any query; empty for a model whose query tower has neither.
  ///
  /// - Throws: a `FileError` if the file is damaged.
  public func queryFeatures() throws -> [QueryFeature] {
    try [queriesByFeatures()?.features, contextualQueries()?.features].compactMap { $0 }.flatMap { set in
      set.columns.map { QueryFeature($0, in: set) }
    }
  }
}
