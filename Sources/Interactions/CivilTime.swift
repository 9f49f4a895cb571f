/// Seconds since 1970 and the calendar (proleptic Gregorian, UTC), by Hinnant's days-from-civil.
package enum CivilTime {
  static func days(year: Int, month: Int, day: Int) -> Int {
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  /// `true` if the month has the day.
  static func isDay(year: Int, month: Int, day: Int) -> Bool {
    1...12 ~= month && 1...daysOf(month, in: year) ~= day
  }

  private static func daysOf(_ month: Int, in year: Int) -> Int {
    month == 12 ? 31 : days(year: year, month: month + 1, day: 1) - days(year: year, month: month, day: 1)
  }

  /// "1997-09-20 03:05:10" of seconds since 1970.
  package static func text(_ seconds: Int64) -> String {
    let (days, time) = split(seconds)
    let (year, month, day) = date(days)
    let two = { (value: Int) in value < 10 ? "0\(value)" : "\(value)" }
    return "\(year)-\(two(month))-\(two(day)) \(two(time / 3600)):\(two(time / 60 % 60)):\(two(time % 60))"
  }

  /// The hour, 0 to 23, the day of the week from Monday, 0 to 6, and the month, 1 to 12, of seconds since 1970.
  package static func parts(_ seconds: Int64) -> (hour: Int, weekday: Int, month: Int) {
    let (days, time) = split(seconds)
    // The first day of 1970 was a Thursday.
    let weekday = (days % 7 + 10) % 7
    return (time / 3600, weekday, date(days).month)
  }

  /// Days since 1970, and the seconds of the day.
  private static func split(_ seconds: Int64) -> (days: Int, time: Int) {
    let (day, rest) = Int(seconds).quotientAndRemainder(dividingBy: 86_400)
    return rest < 0 ? (day - 1, rest + 86_400) : (day, rest)
  }

  private static func date(_ days: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
  }

  /// Reads whole seconds since 1970, or ISO 8601: a date, or a date and time ("T" or space, fraction dropped, "Z", " UTC" as
  /// BigQuery writes it, or an offset; UTC where there is none).
  package static func seconds(_ text: String) -> Int64? {
    if let seconds = Int64(text) { return seconds }
    let bytes = Array(text.utf8)
    func number(_ from: Int, _ length: Int) -> Int? {
      guard from + length <= bytes.count, bytes[from..<from + length].allSatisfy({ 48...57 ~= $0 }) else { return nil }
      return bytes[from..<from + length].reduce(0) { $0 * 10 + Int($1 - 48) }
    }
    func at(_ place: Int) -> UInt8? { place < bytes.count ? bytes[place] : nil }
    guard let year = number(0, 4), at(4) == UInt8(ascii: "-"), let month = number(5, 2), at(7) == UInt8(ascii: "-"),
      let day = number(8, 2), isDay(year: year, month: month, day: day)
    else { return nil }
    let midnight = days(year: year, month: month, day: day) * 86_400
    guard bytes.count > 10 else { return Int64(midnight) }
    guard at(10) == UInt8(ascii: "T") || at(10) == UInt8(ascii: " "), let hour = number(11, 2),
      at(13) == UInt8(ascii: ":"), let minute = number(14, 2), hour < 24, minute < 60
    else { return nil }
    var place = 16
    var second = 0
    if at(place) == UInt8(ascii: ":") {
      guard let value = number(17, 2), value <= 60 else { return nil }
      second = value
      place = 19
      if at(place) == UInt8(ascii: ".") {
        place += 1
        while let digit = at(place), 48...57 ~= digit { place += 1 }
      }
    }
    let time = midnight + hour * 3600 + minute * 60 + second
    switch at(place) {
    case nil: return Int64(time)
    case UInt8(ascii: "Z"): return place + 1 == bytes.count ? Int64(time) : nil
    case UInt8(ascii: " "): return bytes[place...].elementsEqual(" UTC".utf8) ? Int64(time) : nil
    case UInt8(ascii: "+"), UInt8(ascii: "-"):
      // PostgreSQL writes whole hours alone.
      let isWhole = bytes.count == place + 3
      let colon = at(place + 3) == UInt8(ascii: ":") ? 1 : 0
      guard let hours = number(place + 1, 2), let minutes = isWhole ? 0 : number(place + 3 + colon, 2),
        isWhole || bytes.count == place + 5 + colon
      else { return nil }
      let offset = hours * 3600 + minutes * 60
      return Int64(at(place) == UInt8(ascii: "+") ? time - offset : time + offset)
    default: return nil
    }
  }
}
