package import Tables

/// The queries that lists are made for: all that a servable knows, or some of them.
package struct AskedQueries: Sendable {
  /// Rising places in the servable; `nil` for all.
  private let places: [UInt32]?
  package let count: Int
  /// The number of queries that were asked for, and that the servable does not know.
  package let unknown: Int

  /// All queries that the servable knows.
  package init(allOf servable: Servable) {
    (places, count, unknown) = (nil, servable.queryCount, 0)
  }

  /// Those of some queries that the servable knows.
  ///
  /// - Parameter names: distinct, sorted by bytes.
  package init(_ names: Strings, of servable: Servable) {
    let found = names.indices.compactMap { servable.queries.index(of: names[$0]).map { UInt32($0) } }
    (places, count, unknown) = (found, found.count, names.count - found.count)
  }

  /// The query's place in the servable.
  subscript(number: Int) -> Int { places.map { Int($0[number]) } ?? number }

  /// The names of some of the queries, where they are not all; `nil` for all.
  func names(in servable: Servable) -> Strings? {
    places.map { places in
      var names = Strings()
      for place in places { unsafe names.append(servable.queries.utf8(Int(place))) }
      return names
    }
  }
}
