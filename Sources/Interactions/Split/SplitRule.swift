import Tables

/// A rule by which a split is made, with its sizes; a size that is `nil` has a default of the data's.
package enum SplitRule: Sendable, Equatable {
  /// Rows drawn by the seed.
  case random(train: Int?, test: Int?, validation: Int, seed: UInt64)
  /// The newest rows are held out.
  case time(test: Int?, validation: Int)
  /// The last rows of each query are held out.
  case last(Int, validation: Int)
  /// Whole queries are held out, drawn by the seed; a share of their rows is their history.
  case query(test: Int?, validation: Int, historyShare: Double, seed: UInt64)
  /// Whole candidates are held out, drawn by the seed: nothing is learnt of them.
  case candidate(test: Int?, validation: Int, seed: UInt64)
  /// A column says which row is in which part.
  case field(String, validation: Bool)
}

/// The reason why a part of a split has no rows.
package enum EmptyPartReason: Sendable, Equatable, CustomStringConvertible {
  case othersHaveAll
  case noQueryWithMore(query: String, than: Int)
  case noSpareRow(query: String)
  case noHistory(share: Double)
  case fewQueries(query: String)
  case fewCandidates(candidate: String)
  case trainHasAll
  case fewRows

  package var description: String {
    switch self {
    case .othersHaveAll: "the other parts have them all; hold out fewer"
    case .noQueryWithMore(let query, let count): "no \(query) has more than \(count) of them; hold out fewer"
    case .noSpareRow(let query): "no \(query) has one to spare; hold out fewer"
    case .noHistory(let share): "nobody held out has one to spare at history-share \(share)"
    case .fewQueries(let query): "there are too few \(query) for the default 20 % test part; give --test"
    case .fewCandidates(let candidate):
      "there are too few \(candidate) for the default 20 % test part; give --test"
    case .trainHasAll: "train has them all; give a smaller --train"
    case .fewRows: "there are too few rows for the default 20 % test part; give --test"
    }
  }
}

extension SplitRule {
  /// The split of interactions by this rule.
  ///
  /// - Parameter parts: that must have rows.
  /// - Throws: `DataError` if the data is too small for the sizes, or one of the parts would be empty.
  package func split(_ interactions: Interactions, parts: [Split.Part]) throws -> Split {
    let split = try self.split(interactions)
    for part in parts where split[part].isEmpty {
      throw DataError.emptyPart(part, reason(ofEmpty: part, interactions.roles))
    }
    return split
  }

  private func split(_ interactions: Interactions) throws -> Split {
    let rows = interactions.count
    switch self {
    case .random(let train, let test, let validation, let seed):
      // Sizes that are given may be any, and their sum more than a number holds.
      try Split.checkSum([train ?? 0, test ?? 0, validation], rows: rows)
      let held = max(0, test ?? train.map { rows - $0 - validation } ?? rows / 5)
      return try Split.random(
        rows: rows, train: train ?? max(0, rows - held - validation), test: held, validation: validation, seed: seed)
    case .time(let test, let validation):
      return try Split.byTime(interactions, test: test ?? rows / 5, validation: validation)
    case .last(let last, let validation): return try Split.last(last, of: interactions, validation: validation)
    case .query(let test, let validation, let historyShare, let seed):
      let queries = try interactions.text(interactions.roles.query).dictionary.count
      return try Split.byQuery(
        interactions, test: test ?? queries / 5, validation: validation, historyShare: historyShare, seed: seed)
    case .candidate(let test, let validation, let seed):
      let candidates = try interactions.text(interactions.roles.candidate).dictionary.count
      return try Split.byCandidate(interactions, test: test ?? candidates / 5, validation: validation, seed: seed)
    case .field(let field, let validation): return try Split.byField(field, of: interactions, validation: validation)
    }
  }

  private func reason(ofEmpty part: Split.Part, _ roles: Interactions.Roles) -> EmptyPartReason {
    let query = roles.query
    return switch (self, part) {
    case (_, .train): .othersHaveAll
    case (.last(let last, _), .test): .noQueryWithMore(query: query, than: last)
    case (.last, _): .noSpareRow(query: query)
    case (.query(_, _, let share, _), .history): .noHistory(share: share)
    case (.query, _): .fewQueries(query: query)
    case (.candidate, _): .fewCandidates(candidate: roles.candidate)
    case (.random(_?, _, _, _), _): .trainHasAll
    default: .fewRows
    }
  }

  /// A line for people: the sizes of the parts and how their rows were chosen.
  package func summary(of split: Split, _ interactions: Interactions) throws -> String {
    let parts = [Split.Part.train, .test, .validation, .history].filter { !split[$0].isEmpty }
    let left = interactions.count - parts.reduce(0) { $0 + split[$1].count }
    let sizes =
      parts.map { "\(split[$0].count) \($0.rawValue)" }
      + (left > 0 ? ["\(left) in \(parts.count > 2 ? "none" : "neither")"] : [])
    let query = interactions.roles.query
    let rule =
      switch self {
      case .random(_, _, _, let seed): "seed \(seed)"
      case .time: try beginning(of: split.test, after: split.train + split.validation, interactions)
      case .last(let last, _): "the last \(last) of each \(query)"
      case .query(_, _, _, let seed): "by \(query), seed \(seed)"
      case .candidate(_, _, let seed): "by \(interactions.roles.candidate), seed \(seed)"
      case .field(let field, _): "by \"\(field)\""
      }
    return (sizes + [rule]).joined(separator: ", ")
  }

  /// The moment from which on rows are in test, and how many earlier rows share it.
  private func beginning(of test: [Int], after earlier: [Int], _ interactions: Interactions) throws -> String {
    let times = try interactions.times()
    guard let moment = test.lazy.map({ times[$0] }).min() else { return "" }
    let same = earlier.count { times[$0] == moment }
    return "test from \(CivilTime.text(moment)) on"
      + (same > 0 ? ", but for \(same) rows of that second, which are further up" : "")
  }
}
