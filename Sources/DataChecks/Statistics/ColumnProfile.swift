package import Tables

/// A value of a column with the number of its rows.
package struct CountedValue: Sendable, Equatable {
  package let value: String
  package let rows: Int

  package init(_ value: String, rows: Int) {
    self.value = value
    self.rows = rows
  }
}

/// The statistics of a column's values.
package struct ColumnProfile: Sendable, Equatable {
  /// The rows that a profile is about.
  package enum Scope: String, Sendable, CaseIterable {
    case all
    /// The rows of the last day of the interactions.
    case lastDay = "last-day"
  }

  /// The shares of rows of `quantiles`.
  package static let quantileShares = [0.05, 0.25, 0.5, 0.75, 0.95]
  /// The most values of `top`.
  package static let mostTop = 1000

  package var table: String
  package var column: String
  package var kind: ColumnKind
  package var scope = Scope.all
  package var rows: Int
  /// Values: rows that have one, or the items of all lists.
  package var values = 0
  /// Rows without a value: numbers that are missing, empty text, empty lists.
  package var missing = 0
  package var distinct = 0
  /// `true` if `distinct` is counted, `false` if it is estimated.
  package var isDistinctExact = true
  package var least: Double?
  package var mean: Double?
  package var greatest: Double?
  /// Quantiles of numbers; empty where there is none.
  package var quantiles: [Double] = []
  /// `true` if the quantiles are those of all rows, `false` if of a sample.
  package var areQuantilesExact = true
  /// The most frequent values, ties in the order of bytes or numbers; empty for numbers of too many values. In lists it
  /// is items that are counted.
  package var top: [CountedValue] = []
  /// Bins of a sample of numbers that have too many values for `top`.
  package var bins: NumberBins?
  /// The rows that have what the same column of earlier data had: by its most frequent values, or by its bins. Not part
  /// of the artifact.
  var followed: [Int] = []

  package init(table: String, column: String, kind: ColumnKind, rows: Int) {
    self.table = table
    self.column = column
    self.kind = kind
    self.rows = rows
  }

  /// "interactions.rating".
  package var name: String { "\(table).\(column)" }

  package var missingShare: Double { rows == 0 ? 0 : Double(missing) / Double(rows) }

  /// The value that all rows have, if none is missing and there is one.
  package var onlyValue: String? {
    guard isDistinctExact, distinct == 1, missing == 0 else { return nil }
    return top.first?.value
  }
}
