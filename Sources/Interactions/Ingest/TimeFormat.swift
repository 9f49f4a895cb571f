/// A form of times in text, in the letters of strftime: `%d.%m.%Y %H:%M`.
package struct TimeFormat: Sendable, Equatable {
  private enum Part: Sendable, Equatable {
    case literal(UInt8)
    case space
    case year, shortYear, month, monthName, day, hour, halfDayHour, halfDay, minute, second, fraction, offset, weekday
  }

  /// The reason why a pattern is none.
  package enum Fault: Error, Equatable, CustomStringConvertible {
    case unknown(Character)
    case noDate

    package var description: String {
      switch self {
      case .unknown(let letter):
        "%\(letter) is not read; there are %Y %y %m %b %B %d %e %H %I %p %M %S %f %z %a %A %T %F %D %R and %%"
      case .noDate: "it has no year, month and day; give something like %d.%m.%Y %H:%M"
      }
    }
  }

  package let pattern: String
  private let parts: [Part]

  private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
  private static let longMonths = [
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
  ]

  package init(_ pattern: String) throws(Fault) {
    self.pattern = pattern
    var parts: [Part] = []
    var rest = pattern[...]
    while let character = rest.popFirst() {
      guard character == "%" else {
        parts += character == " " ? [.space] : character.utf8.map { .literal($0) }
        continue
      }
      parts += try Self.parts(rest.popFirst() ?? " ")
    }
    guard parts.contains(.year) || parts.contains(.shortYear), parts.contains(.month) || parts.contains(.monthName),
      parts.contains(.day)
    else { throw .noDate }
    self.parts = parts
  }

  private static func parts(_ letter: Character) throws(Fault) -> [Part] {
    let dash = Part.literal(UInt8(ascii: "-"))
    let colon = Part.literal(UInt8(ascii: ":"))
    let slash = Part.literal(UInt8(ascii: "/"))
    switch letter {
    case "Y": return [.year]
    case "y": return [.shortYear]
    case "m": return [.month]
    case "b", "B", "h": return [.monthName]
    case "d", "e": return [.day]
    case "H": return [.hour]
    case "I": return [.halfDayHour]
    case "p": return [.halfDay]
    case "M": return [.minute]
    case "S": return [.second]
    case "f": return [.fraction]
    case "z": return [.offset]
    case "a", "A": return [.weekday]
    case "T": return [.hour, colon, .minute, colon, .second]
    case "R": return [.hour, colon, .minute]
    case "F": return [.year, dash, .month, dash, .day]
    case "D": return [.month, slash, .day, slash, .shortYear]
    case "%": return [.literal(UInt8(ascii: "%"))]
    default: throw .unknown(letter)
    }
  }

  /// Seconds since 1970, UTC where the text has no offset; `nil` if the text has another form. Numbers may lack leading
  /// zeros, and years of two digits are 1970 to 2069.
  func seconds(_ text: String) -> Int64? {
    var fields = Fields(Array(text.utf8))
    for part in parts { guard fields.take(part) else { return nil } }
    return fields.seconds
  }

  private struct Fields {
    let bytes: [UInt8]
    var place = 0
    var (year, month, day, hour, minute, second, offset) = (0, 0, 0, 0, 0, 0, 0)
    var isAfternoon: Bool?

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    private var next: UInt8? { place < bytes.count ? bytes[place] : nil }

    private mutating func number(_ digits: Int) -> Int? {
      let start = place
      var value = 0
      while place - start < digits, let digit = next, 48...57 ~= digit {
        value = value * 10 + Int(digit - 48)
        place += 1
      }
      return place > start ? value : nil
    }

    private mutating func word() -> String {
      let start = place
      while let byte = next, 65...90 ~= byte || 97...122 ~= byte { place += 1 }
      return String(decoding: bytes[start..<place], as: UTF8.self).lowercased()
    }

    mutating func take(_ part: Part) -> Bool {
      func read(_ digits: Int, _ field: WritableKeyPath<Fields, Int>, _ range: ClosedRange<Int>) -> Bool {
        guard let value = number(digits), range ~= value else { return false }
        self[keyPath: field] = value
        return true
      }
      switch part {
      case .literal(let byte):
        guard next == byte else { return false }
        place += 1
        return true
      case .space:
        let start = place
        while next == UInt8(ascii: " ") { place += 1 }
        return place > start
      case .year: return read(4, \.year, 1...9999)
      case .shortYear:
        guard let value = number(2) else { return false }
        year = value < 70 ? 2000 + value : 1900 + value
        return true
      case .month: return read(2, \.month, 1...12)
      case .monthName:
        let name = word()
        guard let place = TimeFormat.months.firstIndex(of: name) ?? TimeFormat.longMonths.firstIndex(of: name) else {
          return false
        }
        month = place + 1
        return true
      case .day:
        if next == UInt8(ascii: " ") { place += 1 }
        return read(2, \.day, 1...31)
      case .hour: return read(2, \.hour, 0...23)
      case .halfDayHour: return read(2, \.hour, 1...12)
      case .halfDay:
        let name = word()
        isAfternoon = name == "pm"
        return name == "am" || name == "pm"
      case .minute: return read(2, \.minute, 0...59)
      case .second: return read(2, \.second, 0...60)
      case .fraction: return number(9) != nil
      case .weekday: return !word().isEmpty
      case .offset: return takeOffset()
      }
    }

    private mutating func takeOffset() -> Bool {
      if next == UInt8(ascii: "Z") {
        place += 1
        return true
      }
      guard let sign = next, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else { return false }
      place += 1
      guard let hours = number(2) else { return false }
      // Whole hours may stand alone.
      let hasColon = next == UInt8(ascii: ":")
      if hasColon { place += 1 }
      guard let minutes = number(2) ?? (hasColon ? nil : 0) else { return false }
      offset = (sign == UInt8(ascii: "+") ? 1 : -1) * (hours * 3600 + minutes * 60)
      return true
    }

    var seconds: Int64? {
      guard place == bytes.count, CivilTime.isDay(year: year, month: month, day: day) else { return nil }
      let hours = isAfternoon.map { hour % 12 + ($0 ? 12 : 0) } ?? hour
      let days = CivilTime.days(year: year, month: month, day: day)
      return Int64(days * 86_400 + hours * 3600 + minute * 60 + second - offset)
    }
  }
}
