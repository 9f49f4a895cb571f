/// Finds the anomalies of data.
package struct DataCheck {
  let statistics: DataStatistics
  let expectations: Expectations
  let tables: CheckedTables
  let earlier: DataStatistics?
  let asOf: Int?

  /// - Parameters:
  ///   - earlier: the data that the statistics were compared with.
  ///   - asOf: the day up to which the data should be complete, since 1970; that of their last row if `nil`.
  package init(
    _ statistics: DataStatistics, _ expectations: Expectations, _ tables: CheckedTables,
    earlier: DataStatistics? = nil, asOf: Int? = nil
  ) {
    self.statistics = statistics
    self.expectations = expectations
    self.tables = tables
    self.earlier = earlier
    self.asOf = asOf
  }

  /// Returns the anomalies: errors first, then warnings, each in the order of the rules.
  package func anomalies() throws -> [Anomaly] {
    var all = rowAnomalies()
    all += try timeAnomalies()
    all += try lastDayAnomalies()
    all += try rejectAnomalies()
    all += repeatedRowAnomalies()
    all += try identifierAnomalies()
    all += try expectedColumnAnomalies()
    all += try unexpectedColumnAnomalies()
    all += driftAnomalies()
    return all.filter { $0.severity == .error } + all.filter { $0.severity == .warning }
  }

  package func verdict() throws -> DataVerdict {
    DataVerdict(try anomalies(), of: statistics)
  }
}
