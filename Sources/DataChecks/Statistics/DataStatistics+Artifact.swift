package import Artifacts
import CanonicalJSON
import Interactions
import SystemFiles
import Tables

/// The layout of statistics in an artifact; see Docs/reference/artifact-format.md.
extension DataStatistics {
  package func publish(to path: String, lineage: Lineage) throws {
    let tables = tables
    let writer = try ArtifactWriter(path: path, type: Self.type, schema: schema(tables))
    for table in tables { try table.write(to: writer) }
    try writer.add("query_identifiers", queryIdentifiers.hashes)
    try writer.add("candidate_identifiers", candidateIdentifiers.hashes)
    try writer.publish(lineage: lineage, summary: summary)
  }

  private func schema(_ tables: [Table]) -> JSON {
    var names = ["query": JSON(roles.query), "candidate": JSON(roles.candidate)]
    names["timestamp"] = roles.timestamp.map { JSON($0) }
    names["weight"] = roles.weight.map { JSON($0) }
    names["previous"] = roles.previous.map { JSON($0) }
    return [
      "tables": .array(tables.map(\.schema)), "roles": .object(names),
      "interactions": JSON(interactions.hexadecimal),
      // Digits hold all 64 bits, which a number of JSON does not.
      "query_bound": JSON(String(queryIdentifiers.bound, radix: 16)),
      "candidate_bound": JSON(String(candidateIdentifiers.bound, radix: 16)),
    ]
  }

  private var tables: [Table] {
    let values = columns.flatMap { column in column.top.map { (column, $0) } }
    let bins = columns.flatMap { column in
      zip(column.bins?.ends ?? [], column.bins?.rows ?? []).map { (column, $0, $1) }
    }
    let steps = [("activity", activity), ("popularity", popularity)].flatMap { name, all in all.steps.map { (name, $0) }
    }
    let totals = totals
    return [
      Table(
        "totals", rows: totals.count,
        columns: [Column("name", text: totals.map(\.name)), Column("value", reals: totals.map(\.value))]),
      Self.table(of: columns),
      Table(
        "values", rows: values.count,
        columns: Self.keys(values.map(\.0)) + [
          Column("value", text: values.map(\.1.value)), Column("rows", integers: values.map { Int64($0.1.rows) }),
        ]),
      Table(
        "bins", rows: bins.count,
        columns: Self.keys(bins.map(\.0)) + [
          Column("up_to", reals: bins.map(\.1)), Column("rows", integers: bins.map { Int64($0.2) }),
        ]),
      Table(
        "days", rows: days.count,
        columns: [
          Column("day", text: days.map(\.name)), Column("number", integers: days.map { Int64($0.day) }),
          Column("rows", integers: days.map { Int64($0.rows) }),
        ]),
      Table(
        "interactions_each", rows: steps.count,
        columns: [
          Column("distribution", text: steps.map(\.0)), Column("from", integers: steps.map { Int64($0.1.from) }),
          Column("to", integers: steps.map { Int64($0.1.to) }),
          Column("things", integers: steps.map { Int64($0.1.things) }),
          Column("rows", integers: steps.map { Int64($0.1.rows) }),
        ]),
      Table(
        "drifts", rows: drifts.count,
        columns: [
          Column("subject", text: drifts.map(\.subject)), Column("divergence", reals: drifts.map(\.divergence)),
          Column("noise", reals: drifts.map(\.noise)), Column("most_changed", text: drifts.map(\.mostChanged)),
          Column("before", reals: drifts.map(\.before)), Column("now", reals: drifts.map(\.now)),
        ]),
    ]
  }

  private var drifts: [Drift] { changes?.drifts ?? [] }

  private static func keys(_ profiles: [ColumnProfile]) -> [Column] {
    [
      Column("table", text: profiles.map(\.table)), Column("column", text: profiles.map(\.column)),
      Column("scope", text: profiles.map(\.scope.rawValue)),
    ]
  }

  private static func table(of columns: [ColumnProfile]) -> Table {
    let quantiles = ColumnProfile.quantileShares.enumerated().map { place, share in
      Column(
        "quantile_\(Int(share * 100))", reals: columns.map { $0.quantiles.isEmpty ? nil : $0.quantiles[place] })
    }
    return Table(
      "columns", rows: columns.count,
      columns: keys(columns) + [
        Column("kind", text: columns.map(\.kind.rawValue)), Column("rows", integers: columns.map { Int64($0.rows) }),
        Column("missing", integers: columns.map { Int64($0.missing) }),
        Column("values", integers: columns.map { Int64($0.values) }),
        Column("distinct", integers: columns.map { Int64($0.distinct) }),
        Column("distinct_is_exact", integers: columns.map { $0.isDistinctExact ? 1 : 0 }),
        Column("least", reals: columns.map(\.least)), Column("mean", reals: columns.map(\.mean)),
        Column("greatest", reals: columns.map(\.greatest)),
      ] + quantiles + [
        Column("quantiles_are_exact", integers: columns.map { $0.areQuantilesExact ? 1 : 0 })
      ])
  }

  /// Single numbers; those that nobody knows are missing.
  private var totals: [(name: String, value: Double?)] {
    [
      ("rows", Double(rows)), ("queries", Double(queries)), ("candidates", Double(candidates)),
      ("repeated_pairs", Double(repeatedPairs)), ("repeated_rows", Double(repeatedRows)),
      ("rejects", rejects.map(Double.init)), ("early_times", Double(times.early)), ("late_times", Double(times.late)),
      ("misscaled_times", Double(times.misscaled)), ("missing_times", Double(times.missing)),
      ("times_are_counters", times.areCounters ? 1 : 0), ("activity_median", Double(activity.median)),
      ("activity_greatest", Double(activity.greatest)), ("activity_mean_over_rows", activity.meanOverRows),
      ("popularity_median", Double(popularity.median)), ("popularity_greatest", Double(popularity.greatest)),
      ("popularity_mean_over_rows", popularity.meanOverRows), ("earlier_rows", changes.map { Double($0.earlierRows) }),
      ("new_queries_share", changes?.newQueries), ("new_candidates_share", changes?.newCandidates),
    ]
  }
}
