import Parquet

/// The spelling of values that become text.
enum ValueSpelling {
  static func text(_ value: Int64, _ type: ColumnType) -> String {
    switch type {
    case .unsigned: "\(UInt64(bitPattern: value))"
    case .boolean: value == 0 ? "false" : "true"
    case .date: day(value)
    case .decimal(let scale): decimal(value, scale: scale)
    case .integer, .timestamp, .real, .text: "\(value)"
    }
  }

  /// A whole number without a fraction, since identifiers become reals where some of them are missing.
  static func text(_ value: Double) -> String {
    guard let whole = Int64(exactly: value), abs(value) < 0x1p53 else { return "\(value)" }
    return "\(whole)"
  }

  /// "2026-03-01" of days since 1970.
  private static func day(_ days: Int64) -> String {
    let (seconds, isFar) = days.multipliedReportingOverflow(by: 86_400)
    return isFar ? "\(days)" : String(CivilTime.text(seconds).split(separator: " ").first ?? "")
  }

  /// All decimal places, as in "12.50".
  private static func decimal(_ value: Int64, scale: Int) -> String {
    guard scale > 0 else { return "\(value)" }
    let digits = "\(value.magnitude)"
    let padded = String(repeating: "0", count: max(scale + 1 - digits.utf8.count, 0)) + digits
    return "\(value < 0 ? "-" : "")\(padded.dropLast(scale)).\(padded.suffix(scale))"
  }
}
