import CanonicalJSON

/// A request for the recommendations of many queries.
package struct BulkRequest: Sendable, Equatable {
  package var k: Int
  /// `true` if candidates that a query had in training are left out.
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

  /// The request as the params of a lineage.
  var params: [String: JSON] {
    func conditions(_ list: [FieldFilter.Condition]) -> JSON { JSON(list.map { "\($0.field)=\($0.value)" }) }
    return [
      "k": JSON(k), "exclude-seen": .bool(excludeSeen), "exclude": JSON(excluded), "only": conditions(filter.only),
      "not": conditions(filter.not),
    ]
  }
}

/// The file format of the lists.
package enum BulkForm: String, Sendable, CaseIterable {
  case artifact
  case csv
  case jsonLines = "json-lines"
}
