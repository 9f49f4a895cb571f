/// What the whole numbers of a column of times count.
package enum TimeUnit: String, CaseIterable, Sendable {
  /// Found by their size: between 1971 and 2100 no two units have a number in common.
  case auto
  case seconds, milliseconds, microseconds, nanoseconds

  /// Units of it in a second; nil where it is to be found.
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

  enum Failure: Error, Equatable {
    case notATime
    case outside(year: String, unit: TimeUnit?)
    case otherUnit(TimeUnit, than: TimeUnit)

    /// - Parameter text: the value.
    func reason(_ text: String) -> String {
      switch self {
      case .notATime: "\"\(text)\" is neither a number of seconds nor an ISO 8601 time"
      case .outside(let year, let unit):
        "\"\(text)\" is the year \(year), and 1971 to 2100 are read; "
          + (unit.map { "as \($0.rawValue) it is one of these: give time-unit \($0.rawValue)" }
            ?? "leave out rows whose time is not known")
      case .otherUnit(let found, let unit):
        "\"\(text)\" is a time in \(found.rawValue), and those above it are in \(unit.rawValue); give one unit"
      }
    }
  }

  /// Nil until the first number, where it is to be found.
  private(set) var unit: TimeUnit?

  init(_ unit: TimeUnit) { self.unit = unit == .auto ? nil : unit }

  /// Seconds since 1970; fractions are dropped.
  mutating func read(_ text: String) throws(Failure) -> Int64 {
    guard let number = Self.number(text) else {
      guard let seconds = CivilTime.seconds(text) else { throw .notATime }
      guard Self.seconds.contains(Double(seconds)) else { throw .outside(year: Self.year(Double(seconds)), unit: nil) }
      return seconds
    }
    let found = TimeUnit.of(number)
    let own = unit ?? found
    guard let own, let perSecond = own.perSecond else { throw .outside(year: Self.year(number), unit: nil) }
    guard Self.seconds.contains(number / perSecond) else {
      if let found, unit != nil {
        throw isFound ? .otherUnit(found, than: own) : .outside(year: Self.year(number / perSecond), unit: found)
      }
      throw .outside(year: Self.year(number / perSecond), unit: nil)
    }
    if unit == nil {
      unit = own
      isFound = true
    }
    return Int64((number / perSecond).rounded(.down))
  }

  /// `true` if the data told the unit, not a param.
  private var isFound = false

  /// Digits, with a fraction or an exponent, as programs write them.
  private static func number(_ text: String) -> Double? {
    guard text.utf8.allSatisfy({ 48...57 ~= $0 || "+-.eE".utf8.contains($0) }), text.utf8.first != UInt8(ascii: "."),
      let number = Double(text), number.isFinite
    else { return nil }
    return number
  }

  /// Of seconds since 1970, however far away.
  private static func year(_ seconds: Double) -> String {
    guard abs(seconds) < 1e13 else { return seconds > 0 ? "far beyond 100000" : "far before 0" }
    return String(CivilTime.text(Int64(seconds)).split(separator: "-", omittingEmptySubsequences: false).first ?? "")
  }
}
