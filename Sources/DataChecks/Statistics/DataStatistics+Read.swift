package import Artifacts
import CanonicalJSON
import Interactions
import SystemFiles
import Tables

extension DataStatistics {
  /// Reads statistics back: all but what was said of single times, which only their own check needs.
  package init(_ file: ArtifactFile) throws {
    let reader = StatisticsReader(file: file)
    self = try naming(file.path) { try reader.statistics() }
  }
}

/// Reads the tables of statistics, and refuses what is not as they are written.
private struct StatisticsReader {
  let file: ArtifactFile

  private static let flaw = ArtifactError.malformed(part: "schema", reason: .notA("description of data statistics"))

  func statistics() throws -> DataStatistics {
    let schema = file.header.schema
    guard let query = schema["roles"]?["query"]?.string, let candidate = schema["roles"]?["candidate"]?.string,
      let interactions = schema["interactions"]?.string.flatMap({ Digest(hexadecimal: $0) }),
      let queryBound = schema["query_bound"]?.string.flatMap({ UInt64($0, radix: 16) }),
      let candidateBound = schema["candidate_bound"]?.string.flatMap({ UInt64($0, radix: 16) })
    else { throw Self.flaw }
    let name = { (role: String) in schema["roles"]?[role]?.string }
    var statistics = DataStatistics(
      roles: Interactions.Roles(
        query: query, candidate: candidate, timestamp: name("timestamp"), weight: name("weight"),
        previous: name("previous")),
      interactions: interactions)
    try readTotals(&statistics)
    statistics.columns = try columns()
    let days = try Rows("days", in: file)
    statistics.days = try days.map { DayRows(day: try days.count("number", $0), rows: try days.count("rows", $0)) }
    statistics.queryIdentifiers = IdentifierSketch(
      hashes: try file.read("query_identifiers", shape: [-1]), bound: queryBound)
    statistics.candidateIdentifiers = IdentifierSketch(
      hashes: try file.read("candidate_identifiers", shape: [-1]), bound: candidateBound)
    return statistics
  }

  private func readTotals(_ statistics: inout DataStatistics) throws {
    let rows = try Rows("totals", in: file)
    var totals: [String: Double] = [:]
    for row in rows.indices { totals[try rows.text("name", row)] = try rows.number("value", row) }
    func count(_ name: String) throws -> Int {
      guard let value = totals[name], let count = Int(exactly: value), count >= 0 else { throw Self.flaw }
      return count
    }
    (statistics.rows, statistics.queries) = (try count("rows"), try count("queries"))
    statistics.candidates = try count("candidates")
    statistics.repeatedPairs = try count("repeated_pairs")
    statistics.repeatedRows = try count("repeated_rows")
    statistics.rejects = totals["rejects"].flatMap { Int(exactly: $0) }
    statistics.activity = try distribution("activity", totals)
    statistics.popularity = try distribution("popularity", totals)
  }

  private func distribution(_ name: String, _ totals: [String: Double]) throws -> CountDistribution {
    let rows = try Rows("interactions_each", in: file)
    let steps = try rows.filter { try rows.text("distribution", $0) == name }.map { row in
      CountDistribution.Step(
        from: try rows.count("from", row), to: try rows.count("to", row), things: try rows.count("things", row),
        rows: try rows.count("rows", row))
    }
    guard steps.count < Int.bitWidth, let median = totals["\(name)_median"].flatMap({ Int(exactly: $0) }),
      let greatest = totals["\(name)_greatest"].flatMap({ Int(exactly: $0) }),
      let mean = totals["\(name)_mean_over_rows"]
    else { throw Self.flaw }
    return CountDistribution(steps: steps, median: median, greatest: greatest, meanOverRows: mean)
  }

  private func columns() throws -> [ColumnProfile] {
    let rows = try Rows("columns", in: file)
    let values = try Rows("values", in: file)
    let bins = try Rows("bins", in: file)
    let key = { (rows: Rows, row: Int) in
      [try rows.text("table", row), try rows.text("column", row), try rows.text("scope", row)]
    }
    let top = try Dictionary(grouping: values.indices) { try key(values, $0) }
    let binned = try Dictionary(grouping: bins.indices) { try key(bins, $0) }
    return try rows.map { row in
      guard let kind = ColumnKind(rawValue: try rows.text("kind", row)),
        let scope = ColumnProfile.Scope(rawValue: try rows.text("scope", row))
      else { throw Self.flaw }
      var profile = ColumnProfile(
        table: try rows.text("table", row), column: try rows.text("column", row), kind: kind,
        rows: try rows.count("rows", row))
      profile.scope = scope
      profile.missing = try rows.count("missing", row)
      profile.values = try rows.count("values", row)
      profile.distinct = try rows.count("distinct", row)
      profile.isDistinctExact = try rows.count("distinct_is_exact", row) == 1
      profile.least = try rows.number("least", row)
      profile.mean = try rows.number("mean", row)
      profile.greatest = try rows.number("greatest", row)
      let quantiles = try ColumnProfile.quantileShares.map { try rows.number("quantile_\(Int($0 * 100))", row) }
      profile.quantiles = quantiles.compactMap { $0 }
      profile.areQuantilesExact = try rows.count("quantiles_are_exact", row) == 1
      profile.top = try (top[try key(rows, row)] ?? []).map {
        CountedValue(try values.text("value", $0), rows: try values.count("rows", $0))
      }
      if let places = binned[try key(rows, row)] {
        profile.bins = NumberBins(
          ends: try places.compactMap { try bins.number("up_to", $0) },
          rows: try places.map { try bins.count("rows", $0) })
      }
      return profile
    }
  }
}

/// A table, cell by cell.
private struct Rows: RandomAccessCollection {
  private let table: Table

  init(_ name: String, in file: ArtifactFile) throws { table = try Table(name, from: file) }

  var startIndex: Int { 0 }
  var endIndex: Int { table.rows }
  subscript(row: Int) -> Int { row }

  private func flaw(_ column: String) -> ArtifactError {
    .malformed(
      part: "table \"\(table.name)\"", reason: .notA("table with a column \"\(column)\" as statistics have it"))
  }

  func text(_ column: String, _ row: Int) throws -> String {
    guard let text = table.text(column) else { throw flaw(column) }
    return text[row]
  }

  func count(_ column: String, _ row: Int) throws -> Int {
    guard case .integers(let values, nil)? = table.column(column)?.values, values[row] >= 0 || column == "number",
      values[row] < 1 << 53
    else { throw flaw(column) }
    return Int(values[row])
  }

  /// `nil` where it is missing.
  func number(_ column: String, _ row: Int) throws -> Double? {
    guard case .reals(let values, let present)? = table.column(column)?.values else { throw flaw(column) }
    return present?[row] == 0 ? nil : values[row]
  }
}
