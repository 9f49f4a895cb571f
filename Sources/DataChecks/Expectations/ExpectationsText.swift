import DisplayText
import Interactions
import Tables

/// The text of expectations that data meet, for their owner to edit.
package struct ExpectationsText {
  private let statistics: DataStatistics

  /// The most values of a column that are listed one by one.
  private static let mostValues = 20

  package init(_ statistics: DataStatistics) { self.statistics = statistics }

  package var text: String {
    var lines = [
      "# Expectations for the stage check, as the data are now. Docs/how-to/check-your-data.md has all fields.",
      "# severity: error stops the pipeline where a stage reads check.verdict; warning and ignore do not.",
      "rows: { least: \(Self.rounded(statistics.rows / 2)), least-share-of-earlier: 0.5, severity: error }",
    ]
    if let first = statistics.days.first {
      lines += [
        "times: { earliest: \(first.name), severity: error }",
        "# Against the same weekday before.",
        "last-day: { least-share: 0.5, severity: error }",
      ]
    }
    lines += [
      "rejects: { most-share: 0.01, severity: error }",
      "queries: { least: \(Self.rounded(statistics.queries / 2)), "
        + "most-share-of-one: \(share(of: statistics.activity.greatest)), severity: warning }",
      "candidates: { least: \(Self.rounded(statistics.candidates / 2)), "
        + "most-share-of-one: \(share(of: statistics.popularity.greatest)), severity: warning }",
      "# Bits beyond chance, against the input \"previous\".",
      "drift: { most: 0.02, severity: warning }",
      "columns:",
    ]
    for table in Expectations.tables {
      let columns = statistics.columns.filter { $0.table == table && $0.scope == .all }
      guard !columns.isEmpty else { continue }
      lines.append("  \(table):")
      lines += columns.map { "    \(Self.quoted($0.column)): { \(fields(of: $0).joined(separator: ", ")) }" }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func fields(of column: ColumnProfile) -> [String] {
    let missing = column.missing == 0 ? "0" : decimals(min(1, (column.missingShare * 200).rounded(.up) / 100), 2)
    var fields = ["kind: \(column.kind.rawValue)", "most-missing: \(missing)"]
    let roles = statistics.roles
    let isInteractions = column.table == "interactions"
    if isInteractions, [roles.query, roles.candidate, roles.timestamp].contains(column.column) { return fields }
    let isListed =
      column.isDistinctExact && column.distinct <= Self.mostValues && column.distinct * 5 <= column.values
      && column.top.count == column.distinct
    if isListed {
      let values = column.top.map(\.value).sorted {
        if let left = Double($0), let right = Double($1) { return left < right }
        return $0 < $1
      }
      fields.append("values: [\(values.map(Self.quoted).joined(separator: ", "))]")
    } else if let least = column.least, let greatest = column.greatest {
      fields += ["least: \(DataChecks.text(of: least))", "greatest: \(DataChecks.text(of: greatest))"]
    }
    return fields
  }

  /// Returns twice a count as a share of the rows.
  private func share(of count: Int) -> String {
    decimals(min(1, (Double(count) / Double(max(statistics.rows, 1)) * 200).rounded(.up) / 100), 2)
  }

  /// Rounds a count down to two digits.
  private static func rounded(_ count: Int) -> Int {
    var unit = 1
    while count / unit >= 100 { unit *= 10 }
    return count / unit * unit
  }

  /// A text that YAML reads as it is.
  private static func quoted(_ text: String) -> String {
    let isPlain =
      text.utf8.first.map { UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 | 0x20 || 48...57 ~= $0 } ?? false
    if isPlain,
      text.utf8.allSatisfy({
        48...57 ~= $0 || UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 | 0x20 || "_.-".utf8.contains($0)
      })
    {
      return text
    }
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": quoted += "\\\(scalar)"
      case "\n": quoted += "\\n"
      case "\t": quoted += "\\t"
      case "\r": quoted += "\\r"
      default:
        if scalar.value < 0x20 || scalar.value == 0x7F || scalar.value == 0x85 || 0x2028...0x2029 ~= scalar.value {
          let digits = String(scalar.value, radix: 16)
          quoted += "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)"
        } else {
          quoted.unicodeScalars.append(scalar)
        }
      }
    }
    return quoted + "\""
  }
}
