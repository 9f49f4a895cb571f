/// The unit of the numbers of a column of times.
package enum TimeUnit: String, CaseIterable, Sendable {
  /// Found by their size: between 1971 and 2100 no two units have a number in common.
  case auto
  case seconds, milliseconds, microseconds, nanoseconds

  /// The number of units in a second; `nil` if the unit is to be found.
  var perSecond: Double? {
    switch self {
    case .auto: nil
    case .seconds: 1
    case .milliseconds: 1e3
    case .microseconds: 1e6
    case .nanoseconds: 1e9
    }
  }

  static let known = allCases.filter { $0 != .auto }

  /// The unit in which a number is a time that `TimeReader` takes.
  static func of(_ number: Double) -> TimeUnit? {
    known.first { unit in unit.perSecond.map { TimeReader.seconds.contains(number / $0) } ?? false }
  }
}

/// Reads a column of times, value by value: numbers of one unit, or ISO 8601.
struct TimeReader {
  /// From 1971 to the end of 2100: what lies outside is another unit, or stands for no time at all.
  static let seconds = 31_536_000.0..<4_133_980_800.0

  /// The unit of the numbers; `nil` until the first one, if it is to be found.
  private(set) var unit: TimeUnit?

  init(_ unit: TimeUnit) { self.unit = unit == .auto ? nil : unit }

  /// `true` if the data told the unit, not an option.
  private var isFound = false

  /// Reads seconds since 1970; fractions are dropped.
  mutating func read(_ text: String) throws(RowFault) -> Int64 {
    if let number = Self.number(text) { return try read(number, spelled: text) }
    guard let seconds = CivilTime.seconds(text) else { throw .notATime(text) }
    guard Self.seconds.contains(Double(seconds)) else {
      throw .timeOutOfRange(text, year: Self.year(Double(seconds)), unit: nil)
    }
    return seconds
  }

  /// Reads a number of the column's unit as seconds since 1970; fractions are dropped.
  mutating func read(_ number: Double, spelled text: String) throws(RowFault) -> Int64 {
    let found = TimeUnit.of(number)
    guard let own = unit ?? found, let perSecond = own.perSecond else {
      throw .timeOutOfRange(text, year: Self.year(number), unit: nil)
    }
    guard Self.seconds.contains(number / perSecond) else {
      if let found, isFound { throw .otherTimeUnit(text, found: found, expected: own) }
      throw .timeOutOfRange(text, year: Self.year(number / perSecond), unit: found)
    }
    if unit == nil {
      unit = own
      isFound = true
    }
    return Int64((number / perSecond).rounded(.down))
  }

  /// A number of digits, with a fraction or an exponent, as programs write it.
  private static func number(_ text: String) -> Double? {
    guard text.utf8.allSatisfy({ 48...57 ~= $0 || "+-.eE".utf8.contains($0) }), text.utf8.first != UInt8(ascii: "."),
      let number = Double(text), number.isFinite
    else { return nil }
    return number
  }

  /// The year of a number of seconds since 1970, however far away.
  private static func year(_ seconds: Double) -> String {
    guard abs(seconds) < 1e13 else { return seconds > 0 ? "far beyond 100000" : "far before 0" }
    return String(CivilTime.text(Int64(seconds)).split(separator: "-", omittingEmptySubsequences: false).first ?? "")
  }
}
