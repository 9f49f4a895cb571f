import Features
import Interactions
import Kernels
import LinearAlgebra
import Tables
import TwoTower

/// The users of a table by their features, where the model's query tower has some: those of them that the model does
/// not know, and that chose nothing, have vectors nonetheless.
struct DescribedUsers: Sendable {
  /// The names, sorted by bytes.
  let names: Strings
  private let towers: QueriesByFeatures
  /// A row for each name.
  private let encoding: SparseMatrix

  /// - Parameter column: of the model's queries.
  /// - Throws: `FeatureError` or `DataError` if the table lacks a column.
  init(_ users: Catalog, column: String, _ towers: QueriesByFeatures) throws {
    let keys = try users.values(of: column)
    names = keys.dictionary
    self.towers = towers
    encoding = try EncodedFeatures(
      towers.features, of: DescribedThings(users.table, name: "the users", keys: keys, things: names)
    ).matrix
  }

  /// `true` if the model knows a value of the user's features.
  func isDescribed(_ place: Int) -> Bool { encoding.starts[place] < encoding.starts[place + 1] }

  /// The inputs of a tower with context for each of some users.
  func inputs(of places: [Int], _ towers: ContextualQueries) -> Matrix? {
    towers.inputs(byFeatures: encoding, rows: places)
  }

  /// A row for each of some users.
  func vectors(of places: [Int], threads: Int) -> Matrix {
    towers.vectors(of: encoding, rows: places, threads: threads)
  }
}
