import CanonicalJSON

/// What every known query is to be recommended.
package struct BulkRequest: Sendable, Equatable {
  package var k: Int
  /// Leave out what each query had in training.
  package var excludeSeen: Bool
  /// Candidates to leave out, by key.
  package var excluded: [String]
  package var filter: FieldFilter

  package init(k: Int, excludeSeen: Bool = false, excluded: [String] = [], filter: FieldFilter = FieldFilter()) {
    self.k = k
    self.excludeSeen = excludeSeen
    self.excluded = excluded
    self.filter = filter
  }

  /// Typed, as a lineage has params.
  var params: [String: JSON] {
    func conditions(_ list: [FieldFilter.Condition]) -> JSON { JSON(list.map { "\($0.field)=\($0.value)" }) }
    return [
      "k": JSON(k), "exclude-seen": .bool(excludeSeen), "exclude": JSON(excluded), "only": conditions(filter.only),
      "not": conditions(filter.not),
    ]
  }
}

/// What the lists are written as.
package enum BulkForm: String, Sendable, CaseIterable {
  case artifact
  case csv
  case jsonLines = "json-lines"
}
