extension Servable {
  /// The number of queries that the model knows.
  public var queryCount: Int { queries.count }

  /// `true` if the model knows a query.
  public func knows(_ query: String) -> Bool { queries.index(of: query) != nil }

  /// `true` if a candidate has this key.
  public func has(_ candidate: String) -> Bool { candidates.index(of: candidate) != nil }

  /// Returns the keys of the candidates that a query had in training, or, item to item, of the query itself; `nil` if
  /// the query is unknown.
  public func history(of query: String) -> [String]? {
    queries.index(of: query).map { place in names(of: seen[place]) }
  }

  /// Returns at most `limit` known queries that begin with `prefix`, in the order of their bytes.
  public func queries(beginning prefix: String, limit: Int) -> [String] {
    queries.places(beginning: prefix).prefix(max(limit, 0)).map { queries[$0] }
  }

  /// Returns at most `limit` candidates whose keys begin with `prefix`, in the order of their bytes.
  public func candidates(beginning prefix: String, limit: Int) -> [String] {
    candidates.places(beginning: prefix).prefix(max(limit, 0)).map { candidates[$0] }
  }

  /// Returns at most `limit` candidates whose key contains `text`, ignoring case, in the order of their bytes, and
  /// after them those whose name does.
  ///
  /// Reads keys, and then names, until there are enough.
  public func candidates(containing text: String, limit: Int) -> [String] {
    let keys = candidates.places(containing: text, limit: limit)
    guard keys.count < limit, let nameField else { return keys.map { candidates[$0] } }
    let known = Set(keys)
    let named = nameField.candidates(containing: text, limit: limit).map { Int($0) }.filter { !known.contains($0) }
    return (keys + named).prefix(limit).map { candidates[$0] }
  }

  /// Returns the candidate's name for people; `nil` if keys are names, if the catalog has no name for it, and if there
  /// is no such candidate. The first call costs as much as `prepareFields`.
  public func name(of candidate: String) -> String? {
    guard let nameField, let number = candidates.index(of: candidate) else { return nil }
    return unsafe nameField.firstText(of: number).map { unsafe String(decoding: $0, as: UTF8.self) }
  }

  /// Returns a candidate's key, followed by its name if it has one, for display.
  package func title(of candidate: String) -> String {
    name(of: candidate).map { "\(candidate)  \($0)" } ?? candidate
  }

  /// Divides `keys` into those of candidates and others, keeping their order.
  public func parted(_ keys: [String]) -> (known: [String], unknown: [String]) {
    var (known, unknown): ([String], [String]) = ([], [])
    for key in keys { if has(key) { known.append(key) } else { unknown.append(key) } }
    return (known, unknown)
  }

  /// Returns the candidate's values in each field of the catalog, in the order of the values. The first call costs as
  /// much as `prepareFields`, later ones O(values).
  ///
  /// - Throws: `ServableError.unknownCandidate`.
  public func fields(of candidate: String) throws(ServableError) -> [(name: String, values: [String])] {
    fields.values(of: try number(of: candidate))
  }

  /// Builds the lists of values by candidate, so that already the first `fields(of:)` is quick. Takes a few
  /// milliseconds for a million values, and 4 bytes of memory for each candidate and each value of each field. Servers
  /// call it at opening.
  public func prepareFields() { fields.prepare() }

  /// Returns the keys of candidates. Invalid numbers, in a damaged file, are skipped.
  func names(of numbers: [UInt32]) -> [String] {
    numbers.compactMap { $0 < candidates.count ? candidates[Int($0)] : nil }
  }
}
