package import Artifacts
import Interactions
import Tables

/// Reads what `ingest` made, a part at a time, and takes statistics of it. Memory holds the distinct texts of one column,
/// samples, a bit a row, and 8 bytes of each of at most 16 million rows at a time.
package struct DataProfiler {
  /// Days, since 1970, of the first and the last time that is plausible; judged by the data if `nil`.
  package var firstDay: Int?
  package var lastDay: Int?

  package init(firstDay: Int? = nil, lastDay: Int? = nil) {
    self.firstDay = firstDay
    self.lastDay = lastDay
  }

  /// - Parameters:
  ///   - catalog: the candidates, if they are described.
  ///   - users: the queries, if they are described.
  ///   - rejects: the rows that could not be read, if they were kept.
  ///   - earlier: statistics of earlier data to compare with.
  package func statistics(
    of interactions: ArtifactFile, catalog: ArtifactFile? = nil, users: ArtifactFile? = nil,
    rejects: ArtifactFile? = nil, after earlier: DataStatistics? = nil
  ) throws -> DataStatistics {
    let table = try TableFile("interactions", from: interactions)
    let roles = try InteractionFile(interactions).roles
    var statistics = DataStatistics(roles: roles, interactions: interactions.digest)
    statistics.rows = table.rows
    let timestamp = roles.timestamp.flatMap { table.kind($0) == .integer ? $0 : nil }
    let times = try timestamp.map { try TimePass(table, column: $0, firstDay: firstDay, lastDay: lastDay) }
    if let times { (statistics.days, statistics.times) = (times.plausible.days, times.findings) }

    var columns = ColumnPass(table, named: "interactions", lastDay: times?.lastDay, earlier: earlier)
    var queryCounts: [Int] = []
    for column in table.columns {
      let text = try columns.profile(column)
      if column.name == roles.query, let text {
        queryCounts = text.counts
        statistics.queries = text.counts.count { $0 > 0 }
        statistics.activity = CountDistribution(text.counts)
        statistics.queryIdentifiers = IdentifierSketch(text.dictionary, used: text.counts)
      }
      if column.name == roles.candidate, let text {
        statistics.candidates = text.counts.count { $0 > 0 }
        statistics.popularity = CountDistribution(text.counts)
        statistics.candidateIdentifiers = IdentifierSketch(text.dictionary, used: text.counts)
      }
    }
    statistics.columns = columns.profiles
    let repeated = try RepeatedRows(
      table, query: roles.query, candidate: roles.candidate, timestamp: timestamp, counts: queryCounts)
    (statistics.repeatedPairs, statistics.repeatedRows) = (repeated.pairs, repeated.rows)

    for (name, file) in [("catalog", catalog), ("users", users)] {
      guard let file else { continue }
      let table = try TableFile("catalog", from: file)
      var columns = ColumnPass(table, named: name, lastDay: nil, earlier: earlier)
      for column in table.columns { _ = try columns.profile(column) }
      statistics.columns += columns.profiles
    }
    statistics.rejects = try rejects.map { try TableFile("rejects", from: $0).rows }
    statistics.changes = earlier.map { Changes(statistics, after: $0) }
    return statistics
  }
}
