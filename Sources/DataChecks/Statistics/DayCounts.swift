import Interactions

/// A day, UTC, with the number of its rows.
package struct DayRows: Sendable, Equatable {
  /// Days since 1970.
  package let day: Int
  package let rows: Int

  package init(day: Int, rows: Int) {
    self.day = day
    self.rows = rows
  }

  package var name: String { Self.name(day) }

  /// The day that a text such as "2026-11-28" names, since 1970.
  package static func day(_ text: String) -> Int? {
    guard text.utf8.count == 10, text.contains("-"), let seconds = CivilTime.seconds(text) else { return nil }
    return of(Double(seconds))
  }

  /// "2026-11-28".
  static func name(_ day: Int) -> String { String(CivilTime.text(Int64(day) * 86_400).prefix(10)) }

  /// The day of a time in seconds since 1970.
  @inline(__always)
  static func of(_ seconds: Double) -> Int { Int((seconds / 86_400).rounded(.down)) }
}

/// Rows by day, of all days from 1870 to 2200.
struct DayCounts {
  private static let first = -36_525
  private static let last = 84_006
  private var rows = [Int](repeating: 0, count: last - first + 1)
  private(set) var before = 0
  private(set) var after = 0

  mutating func take(_ seconds: Double) {
    guard seconds >= Double(Self.first) * 86_400 else {
      before += 1
      return
    }
    guard seconds < Double(Self.last + 1) * 86_400 else {
      after += 1
      return
    }
    rows[DayRows.of(seconds) - Self.first] += 1
  }

  /// The days that have rows, the oldest first.
  var days: [DayRows] {
    rows.indices.filter { rows[$0] > 0 }.map { DayRows(day: $0 + Self.first, rows: rows[$0]) }
  }
}
