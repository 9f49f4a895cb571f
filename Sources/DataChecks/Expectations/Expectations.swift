import Tables

/// The consequence of an anomaly.
package enum Severity: String, Sendable, CaseIterable {
  case ignore, warning, error
}

/// The requirements that data must meet. Without a file these are the rules that hold for anybody's data; where a
/// severity is `nil`, the rule judges by how far off the data are.
package struct Expectations: Sendable, Equatable {
  struct Rows: Sendable, Equatable {
    var least: Int?
    var most: Int?
    /// The least number of rows, as a share of those of earlier data.
    var leastShareOfEarlier = 0.5
    var severity: Severity?
  }

  struct Times: Sendable, Equatable {
    /// Days since 1970.
    var earliest: Int?
    var latest: Int?
    var severity: Severity?
  }

  struct LastDay: Sendable, Equatable {
    /// The least number of rows, as a share of what the days before had; `nil` for a half, and less
    /// only if days before were never like that.
    var leastShare: Double?
    var severity: Severity?
  }

  struct Rejects: Sendable, Equatable {
    /// The greatest number of rejects, as a share of all rows.
    var mostShare: Double?
    var severity: Severity?
  }

  struct RepeatedRows: Sendable, Equatable {
    var mostShare = 0.2
    var severity: Severity?
  }

  /// Requirements for the identifiers of queries, or of candidates.
  struct Identifiers: Sendable, Equatable {
    var least: Int?
    /// The share of rows that one of them may have.
    var mostShareOfOne: Double?
    /// The share of them that earlier data may lack.
    var mostNewShare: Double?
    var severity: Severity?
  }

  struct Drift: Sendable, Equatable {
    /// The divergence beyond chance, in bits.
    var most = 0.02
    var severity: Severity?
  }

  struct Column: Sendable, Equatable {
    var kind: ColumnKind?
    /// The share of rows without a value.
    var mostMissing: Double?
    var least: Double?
    var greatest: Double?
    /// The only values that there may be.
    var values: [String]?
    /// The share of rows that one value may have.
    var mostShareOfOne: Double?
    var severity: Severity?
  }

  /// Tables whose columns can be expected.
  static let tables = ["interactions", "catalog", "users"]

  var rows = Rows()
  var times = Times()
  var lastDay = LastDay()
  var rejects = Rejects()
  var repeatedRows = RepeatedRows()
  var queries = Identifiers()
  var candidates = Identifiers()
  var drift = Drift()
  /// Requirements for columns, by table and column.
  var columns: [String: [String: Column]] = [:]

  package init() {}

  /// A profiler that knows which days are expected.
  package var profiler: DataProfiler { DataProfiler(firstDay: times.earliest, lastDay: times.latest) }
}
