import Features
import Interactions
import Kernels
import LinearAlgebra
import Tables
import TwoTower

/// The queries of an evaluation by their features, where a model's query tower has some: the answer to queries that the
/// model does not know, and that have no history.
struct DescribedQueries: Sendable {
  private let towers: QueriesByFeatures
  /// A row for each query, by its number.
  let encoding: SparseMatrix

  /// - Parameters:
  ///   - users: the table that describes queries, if there is one.
  ///   - numbers: numbers the rows of a column.
  /// - Returns: `nil` where nothing describes queries, or the query tower has no features.
  /// - Throws: `FeatureError` or `DataError` if the table lacks a column.
  init?(_ model: Model, users: Catalog?, numbers: IDMap) throws {
    guard let users, let towers = QueriesByFeatures(model) else { return nil }
    var numbers = numbers
    let rows = numbers.numbers(of: try users.values(of: model.vocabularies.query.column))
    self.towers = towers
    encoding = try EncodedFeatures(
      towers.features,
      of: DescribedThings(users.table, name: "the users", numbers: rows, count: numbers.count)
    ).matrix
  }

  /// `true` if the model knows a value of the query's features.
  func has(_ query: Int32) -> Bool {
    Int(query) < encoding.rowCount && encoding.starts[Int(query)] < encoding.starts[Int(query) + 1]
  }

  /// A row for each of some queries.
  func vectors(of queries: [Int32], threads: Int) -> Matrix {
    towers.vectors(of: encoding, rows: queries.map { Int($0) }, threads: threads)
  }
}
