import Interactions

/// A part of a time by the calendar, in UTC: one of a few values, whenever the time was.
///
/// A shop in another time zone loses nothing by hours of UTC, which are its own by other names.
package enum TimePart: String, Sendable, CaseIterable {
  case hour, weekday, month

  /// The names of all values, in the order of the calendar.
  package var names: [String] {
    switch self {
    case .hour: (0..<24).map { $0 < 10 ? "0\($0)" : "\($0)" }
    case .weekday: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    case .month:
      [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
      ]
    }
  }

  /// Number of values.
  package var count: Int {
    switch self {
    case .hour: 24
    case .weekday: 7
    case .month: 12
    }
  }

  /// The place of a time among `names`; `nil` for a number that is no time.
  ///
  /// - Parameter seconds: since 1970.
  package func place(_ seconds: Double) -> Int? {
    guard let whole = Int64(exactly: seconds.rounded(.down)), abs(Double(whole)) < Self.end else { return nil }
    let parts = CivilTime.parts(whole)
    return switch self {
    case .hour: parts.hour
    case .weekday: parts.weekday
    case .month: parts.month - 1
    }
  }

  /// About the year 32,000, beyond which no calendar goes.
  package static let end = 1e12
}
