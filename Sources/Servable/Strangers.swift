import Tables

/// Queries that the model has no vector for, or an older one than what they chose asks for: those with a history and,
/// of the others, those whose features are known.
struct Strangers: Sendable {
  /// Where a vector comes from.
  enum Source: Sendable {
    /// A place among those whose histories are known.
    case history(Int)
    /// A place among the described users.
    case features(Int)
  }

  /// The names, sorted by bytes.
  let names: Strings
  /// The source of each.
  let sources: [Source]

  /// - Parameters:
  ///   - withHistory: rising places among the names whose histories are known.
  ///   - known: the names that the model has vectors for.
  init(withHistory: [Int], of others: Strings, users: DescribedUsers?, known: Strings) {
    let byHistory = others.selecting(withHistory)
    guard let users else {
      (names, sources) = (byHistory, withHistory.map { .history($0) })
      return
    }
    let (isKnown, hasHistory) = (users.names.places(in: known), users.names.places(in: byHistory))
    let described = users.names.indices.filter { isKnown[$0] < 0 && hasHistory[$0] < 0 && users.isDescribed($0) }
    let byFeatures = users.names.selecting(described)
    names = byHistory.union(byFeatures)
    sources = zip(names.places(in: byHistory), names.places(in: byFeatures)).map {
      $0 >= 0 ? .history(withHistory[Int($0)]) : .features(described[Int($1)])
    }
  }

  /// The rows of those with a history, and the place of each.
  var rowsByHistory: [(row: Int, place: Int)] {
    sources.enumerated().compactMap { row, source in
      if case .history(let place) = source { (row, place) } else { nil }
    }
  }

  /// The rows of those by their features, and the place of each.
  var rowsByFeatures: [(row: Int, place: Int)] {
    sources.enumerated().compactMap { row, source in
      if case .features(let place) = source { (row, place) } else { nil }
    }
  }
}
