extension Servable {
  /// Queries that the model knows.
  public var queryCount: Int { queries.count }

  /// `true` if the model knows a query.
  public func knows(_ query: String) -> Bool { queries.index(of: query) != nil }

  /// `true` if there is a candidate of that key.
  public func has(_ candidate: String) -> Bool { candidates.index(of: candidate) != nil }

  /// What a query had in training, by key; item to item: the query itself. nil if the model does not know it.
  public func history(of query: String) -> [String]? {
    queries.index(of: query).map { place in names(of: seen[place]) }
  }

  /// Known queries that begin with `prefix`, in the order of their bytes, `limit` at most.
  public func queries(beginning prefix: String, limit: Int) -> [String] {
    queries.places(beginning: prefix).prefix(max(limit, 0)).map { queries[$0] }
  }

  /// Candidates that begin with `prefix`, in the order of their bytes, `limit` at most.
  public func candidates(beginning prefix: String, limit: Int) -> [String] {
    candidates.places(beginning: prefix).prefix(max(limit, 0)).map { candidates[$0] }
  }

  /// Candidates whose key contains `text`, whatever the case, in the order of their bytes, and behind them those whose name
  /// does, `limit` at most.
  ///
  /// Reads keys, and then names, until there are enough.
  public func candidates(containing text: String, limit: Int) -> [String] {
    let keys = candidates.places(containing: text, limit: limit)
    guard keys.count < limit, let nameField else { return keys.map { candidates[$0] } }
    let known = Set(keys)
    let named = nameField.candidates(containing: text, limit: limit).map { Int($0) }.filter { !known.contains($0) }
    return (keys + named).prefix(limit).map { candidates[$0] }
  }

  /// The candidate's name for people; nil where keys are names, where the catalog has none for it, and where there is no
  /// such candidate. The first costs what `prepareFields` does.
  public func name(of candidate: String) -> String? {
    guard let nameField, let number = candidates.index(of: candidate) else { return nil }
    return unsafe nameField.firstText(of: number).map { unsafe String(decoding: $0, as: UTF8.self) }
  }

  /// A candidate's key, and behind it its name where it has one: for lines that people read.
  package func title(of candidate: String) -> String {
    name(of: candidate).map { "\(candidate)  \($0)" } ?? candidate
  }

  /// Those of `keys` that candidates have, and the others, each in their order.
  public func parted(_ keys: [String]) -> (known: [String], unknown: [String]) {
    var (known, unknown): ([String], [String]) = ([], [])
    for key in keys { if has(key) { known.append(key) } else { unknown.append(key) } }
    return (known, unknown)
  }

  /// What the catalog says of a candidate: of each field its values, in their order; none where it has none. The first
  /// costs what `prepareFields` does, and others as much as there are values.
  ///
  /// - Throws: `Refusal.unknownCandidate`.
  public func fields(of candidate: String) throws -> [(name: String, values: [String])] {
    fields.values(of: try number(of: candidate))
  }

  /// Turns the catalog's fields round, so that `fields(of:)` is quick from the first: a few milliseconds for a million
  /// values, and 4 bytes of memory for each candidate and each value of each field. What servers do that open a file.
  public func prepareFields() { fields.prepare() }

  /// Numbers that no candidate has, in a damaged file, are passed over.
  func names(of numbers: [UInt32]) -> [String] {
    numbers.compactMap { $0 < candidates.count ? candidates[Int($0)] : nil }
  }
}
