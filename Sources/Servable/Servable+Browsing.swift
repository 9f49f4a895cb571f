extension Servable {
  /// Queries that the model knows.
  public var queryCount: Int { queries.count }

  /// Whether the model knows a query.
  public func knows(_ query: String) -> Bool { queries.index(of: query) != nil }

  /// Whether there is a candidate of that key.
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

  /// Candidates that contain `text`, whatever the case, in the order of their bytes, `limit` at most.
  ///
  /// Reads the candidates' keys until there are enough.
  public func candidates(containing text: String, limit: Int) -> [String] {
    candidates.places(containing: text, limit: limit).map { candidates[$0] }
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
