/// The unit of the numbers of a column of times, found by their size: between 1971 and 2100 no two units have a number
/// in common.
package enum TimeUnit: String, CaseIterable, Sendable {
  case seconds, milliseconds, microseconds, nanoseconds

  /// The number of units in a second.
  var perSecond: Double {
    switch self {
    case .seconds: 1
    case .milliseconds: 1e3
    case .microseconds: 1e6
    case .nanoseconds: 1e9
    }
  }

  /// The unit in which a number is a time that `TimeReader` takes.
  static func of(_ number: Double) -> TimeUnit? {
    allCases.first { TimeReader.seconds.contains(number / $0.perSecond) }
  }
}

/// Reads a column of times, value by value: numbers of one unit, or ISO 8601, or text of a form that is given.
struct TimeReader {
  /// The seconds from 1971 to the end of 2100: what lies outside is another unit, or no time at all.
  static let seconds = 31_536_000.0..<4_133_980_800.0

  /// The unit of the numbers; `nil` until the first one.
  private(set) var unit: TimeUnit?
  /// The form of all text; numbers and ISO 8601 if `nil`.
  private let format: TimeFormat?

  init(_ format: TimeFormat? = nil) { self.format = format }

  /// Reads seconds since 1970; fractions are dropped.
  mutating func read(_ text: String) throws(RowFault) -> Int64 {
    let seconds: Int64
    if let format {
      guard let time = format.seconds(text) else { throw .otherTimeFormat(text, format: format.pattern) }
      seconds = time
    } else {
      if let number = Self.number(text) { return try read(number, spelled: text) }
      guard let time = CivilTime.seconds(text) else { throw .notATime(text) }
      seconds = time
    }
    guard Self.seconds.contains(Double(seconds)) else {
      throw .timeOutOfRange(text, year: Self.year(Double(seconds)))
    }
    return seconds
  }

  /// Reads text in UTF-8.
  mutating func read(_ bytes: Span<UInt8>) throws(RowFault) -> Int64 {
    // Most times are whole numbers.
    if format == nil, let number = PlainNumber.integer(bytes) {
      return try read(Double(number), spelled: String(decoding: bytes))
    }
    return try read(String(decoding: bytes))
  }

  /// A whole number of the column's unit as seconds since 1970; `nil` if `read` is to look at it.
  @inline(__always)
  func plainSeconds(_ bytes: Span<UInt8>, perSecond: Double?) -> Int64? {
    guard let perSecond, let number = PlainNumber.integer(bytes) else { return nil }
    let seconds = Double(number) / perSecond
    return Self.seconds.contains(seconds) ? Int64(seconds.rounded(.down)) : nil
  }

  /// The number of units in a second, if times are numbers of a unit that is known.
  var perSecond: Double? { format == nil ? unit?.perSecond : nil }

  /// Reads a number of the column's unit as seconds since 1970; fractions are dropped.
  mutating func read(_ number: Double, spelled text: @autoclosure () -> String) throws(RowFault) -> Int64 {
    guard let found = TimeUnit.of(number) else {
      throw .timeOutOfRange(text(), year: Self.year(number / (unit ?? .seconds).perSecond))
    }
    if let unit, unit != found { throw .otherTimeUnit(text(), found: found, expected: unit) }
    unit = found
    return Int64((number / found.perSecond).rounded(.down))
  }

  /// A number of digits, with a fraction or an exponent, as programs write it.
  private static func number(_ text: String) -> Double? {
    guard text.utf8.allSatisfy({ 48...57 ~= $0 || "+-.eE".utf8.contains($0) }), text.utf8.first != UInt8(ascii: "."),
      let number = Double(text), number.isFinite
    else { return nil }
    return number
  }

  /// The year of a number of seconds since 1970, however far away.
  static func year(_ seconds: Double) -> String {
    guard abs(seconds) < 1e13 else { return seconds > 0 ? "far beyond 100000" : "far before 0" }
    return String(CivilTime.text(Int64(seconds)).split(separator: "-", omittingEmptySubsequences: false).first ?? "")
  }
}
