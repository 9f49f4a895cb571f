import Tables

/// A rule for rows that share a query and a candidate.
package enum DuplicateRule: String, CaseIterable, Sendable {
  /// All are kept.
  case keep
  /// The first of rows that are equal in every column is kept.
  case identical
  /// The oldest is kept: the first row where there are no times.
  case first
  /// The newest is kept: the last row where there are no times.
  case last
  /// The newest is kept, with the sum of their weights.
  case sum
}

/// Rules over the rows of all files: they are applied in the order of the properties.
package struct RowRules: Sendable {
  /// Weights by the values of a column, in a column of weights that is added.
  package struct Weights: Sendable {
    package let column: String
    package let byValue: [String: Double]

    package init(column: String, byValue: [String: Double]) {
      self.column = column
      self.byValue = byValue
    }

    /// The column that is added.
    package static let name = "weight"
  }

  package var weights: Weights?
  package var duplicates = DuplicateRule.keep
  /// Rows that a query must have at least, when all rules are applied.
  package var minimumByQuery = 1
  package var minimumByCandidate = 1

  package init() {}

  /// The rows that the rules keep, and how many each left out.
  ///
  /// - Throws: `DataError` if nothing is left, or a column does not suit its rule.
  func apply(to interactions: Interactions, file: String) throws -> (Interactions, [RuleCount]) {
    var (interactions, counts) = (interactions, [RuleCount]())
    if let weights { interactions = try weighted(interactions, weights, file) }
    if duplicates != .keep {
      let before = interactions.count
      interactions = try withoutDuplicates(interactions)
      counts.append(RuleCount(rule: "duplicates \(duplicates.rawValue)", rows: before - interactions.count))
    }
    if minimumByQuery > 1 || minimumByCandidate > 1 {
      let rows = try FrequentRows(interactions, byQuery: minimumByQuery, byCandidate: minimumByCandidate).rows
      let rule = [("query", minimumByQuery), ("candidate", minimumByCandidate)].filter { $0.1 > 1 }
        .map { "minimum-rows-by-\($0.0) \($0.1)" }.joined(separator: ", ")
      guard !rows.isEmpty else { throw DataError.noRowsLeft(file, rule: rule) }
      counts.append(RuleCount(rule: rule, rows: interactions.count - rows.count))
      if rows.count < interactions.count { interactions = interactions.selecting(rows) }
    }
    return (interactions, counts)
  }

  private func weighted(_ interactions: Interactions, _ weights: Weights, _ file: String) throws -> Interactions {
    guard interactions.table.column(Weights.name) == nil else { throw DataError.columnExists(Weights.name) }
    guard let types = interactions.table.column(weights.column) else {
      throw DataError.badSource(
        file, .noColumn(weights.column, near: nil, columns: interactions.table.columns.map(\.name)))
    }
    var byRow: [Double] = []
    byRow.reserveCapacity(interactions.count)
    func weight(_ type: String) throws -> Double {
      guard let weight = weights.byValue[type] else {
        throw DataError.noWeight(file, column: weights.column, value: type)
      }
      return weight
    }
    if case .text(let column) = types.values {
      let byCode = try column.dictionary.array.map(weight)
      for code in column.codes { byRow.append(byCode[Int(code)]) }
    } else {
      for row in 0..<interactions.count { byRow.append(try weight(types.text(row))) }
    }
    var roles = interactions.roles
    roles.weight = Weights.name
    let column = Column(Weights.name, .reals(byRow, present: nil))
    return Interactions(columns: interactions.table.columns + [column], rows: interactions.count, roles: roles)
  }

  /// Leaves out rows that repeat a pair, in time O(n log n).
  private func withoutDuplicates(_ interactions: Interactions) throws -> Interactions {
    let queries = try interactions.text(interactions.roles.query).codes
    let candidates = try interactions.text(interactions.roles.candidate).codes
    let times = interactions.roles.timestamp == nil || duplicates == .identical ? [] : try interactions.times()
    func pair(_ row: Int) -> UInt64 { UInt64(queries[row]) << 32 | UInt64(candidates[row]) }
    let order = (0..<interactions.count).sorted { left, right in
      let (first, second) = (pair(left), pair(right))
      if first != second { return first < second }
      if !times.isEmpty, times[left] != times[right] { return times[left] < times[right] }
      return left < right
    }
    var kept: [Int] = []
    var sums: [Int: Double] = [:]
    let weights = try duplicates == .sum ? numbers(interactions) : []
    for group in order.chunks(by: pair) {
      switch duplicates {
      case .keep: kept += group
      case .first: kept += group.prefix(1)
      case .last, .sum:
        kept += group.suffix(1)
        if duplicates == .sum, group.count > 1, let last = group.last {
          sums[last] = group.reduce(0) { $0 + weights[$1] }
        }
      case .identical:
        var seen: Set<[String]> = []
        for row in group where group.count == 1 || seen.insert(interactions.table.columns.map { $0.text(row) }).inserted
        { kept.append(row) }
      }
    }
    kept.sort()
    let selected = kept.count < interactions.count ? interactions.selecting(kept) : interactions
    guard let name = interactions.roles.weight, !sums.isEmpty else { return selected }
    let summed = kept.map { sums[$0] ?? weights[$0] }
    let columns = selected.table.columns.map {
      $0.name == name ? Column(name, .reals(summed, present: nil)) : $0
    }
    return Interactions(columns: columns, rows: kept.count, roles: selected.roles)
  }

  private func numbers(_ interactions: Interactions) throws(DataError) -> [Double] {
    guard let name = interactions.roles.weight, let weights = interactions.table.reals(name) else {
      throw .noRole("weight", neededFor: "duplicates sum")
    }
    return weights
  }
}

extension [Int] {
  /// Runs of neighbours with one key.
  fileprivate func chunks<Key: Equatable>(by key: (Int) -> Key) -> [ArraySlice<Int>] {
    var chunks: [ArraySlice<Int>] = []
    var start = 0
    for place in indices where place + 1 == count || key(self[place]) != key(self[place + 1]) {
      chunks.append(self[start...place])
      start = place + 1
    }
    return chunks
  }
}
