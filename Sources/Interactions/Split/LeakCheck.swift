package import Artifacts
import Tables

/// Leaks of a split: pairs that its parts share, repeated rows, and rows that are older than the end of training. A
/// model is then judged by what it has learned; whether that is a fault, the owner of the data must say.
package struct LeakCheck: Sendable, Equatable {
  /// Distinct pairs of a query and a candidate that are in two parts.
  package struct SharedPairs: Sendable, Equatable {
    package let parts: [Split.Part]
    package let count: Int
    /// The first of them in the order of the data.
    package let query: String
    package let candidate: String
  }

  /// Rows that repeat an earlier one in every column.
  package struct Duplicates: Sendable, Equatable {
    package let count: Int
    /// The first of them, and the row that it repeats; counted from 0.
    package let row: Int
    package let original: Int
  }

  package let roles: Interactions.Roles
  /// Shared pairs of each two parts that have any.
  package let sharedPairs: [SharedPairs]
  package let duplicates: Duplicates?
  /// Share of the rows of a held-out part that lie before the latest row of train; empty where there are no times.
  package let beforeTrainEnds: [Split.Part: Double]

  package init(_ interactions: Interactions, _ split: Split) throws {
    roles = interactions.roles
    let queries = try interactions.text(roles.query)
    let candidates = try interactions.text(roles.candidate)
    var pairs = RowGroups(keys: zip(queries.codes, candidates.codes).map { UInt64($0) << 32 | UInt64($1) })
    sharedPairs = pairs.sharedParts(split).map { parts, count, row in
      SharedPairs(parts: parts, count: count, query: queries[row], candidate: candidates[row])
    }
    for column in interactions.table.columns where ![roles.query, roles.candidate].contains(column.name) {
      pairs.divide(by: column)
    }
    duplicates = pairs.duplicates.map { Duplicates(count: $0, row: $1, original: $2) }

    var shares: [Split.Part: Double] = [:]
    if let times = try? interactions.times(), let end = split.train.lazy.map({ times[$0] }).max() {
      for part in [Split.Part.validation, .test] where !split[part].isEmpty {
        shares[part] = Double(split[part].count { times[$0] < end }) / Double(split[part].count)
      }
    }
    beforeTrainEnds = shares
  }
}

extension LeakCheck {
  /// A line for each leak, the worst first.
  package var lines: [String] {
    var lines = sharedPairs.map { shared in
      let names = shared.parts.map(\.rawValue).joined(separator: " and in ")
      let pairs = shared.count == 1 ? "1 pair stands" : "\(shared.count) pairs stand"
      return "\(pairs) in \(names), such as \(example(shared))"
    }
    if let duplicates {
      let rows = duplicates.count == 1 ? "1 row repeats" : "\(duplicates.count) rows repeat"
      lines.append(
        "\(rows) an earlier one in every column, such as row \(duplicates.row + 1), "
          + "which is row \(duplicates.original + 1) again")
    }
    return lines
  }

  /// Facts for the summary of a part, zeros included, so that readers see that the check ran.
  ///
  /// - Parameter saysTimes: `true` if the summary says how many rows lie before the end of train.
  package func facts(of part: Split.Part, among parts: [Split.Part], saysTimes: Bool = true) -> [Summary.Item] {
    var facts = parts.filter { $0 != part }.map { other in
      let shared = sharedPairs.first { $0.parts.contains(part) && $0.parts.contains(other) }
      return Summary.Item.fact(
        "pairs also in \(other.rawValue)", shared.map { "\($0.count), such as \(example($0))" } ?? "0")
    }
    if saysTimes, let share = beforeTrainEnds[part] {
      facts.append(.fact("rows before train ends", Self.percent(share)))
    }
    facts.append(.fact("duplicate rows in the data", "\(duplicates?.count ?? 0)"))
    return facts
  }

  private func example(_ shared: SharedPairs) -> String {
    "\(roles.query) \"\(shared.query)\" with \(roles.candidate) \"\(shared.candidate)\""
  }

  /// A share to a tenth of a percent, in the form that parts of earlier splits have in their summaries.
  private static func percent(_ share: Double) -> String { "\((share * 1000).rounded() / 10)%" }
}
