import Glibc
import Synchronization

/// Formats the current time as an HTTP date (RFC 9110, 5.6.7), once a second.
final class HTTPDate: Sendable {
  private let last = Mutex((second: -1, text: ""))

  var text: String {
    let second = time(nil)
    return last.withLock { last in
      if last.second != second { last = (second, Self.text(second)) }
      return last.text
    }
  }

  /// Formats a time as an HTTP date.
  ///
  /// - Parameter second: the seconds since 1970-01-01 00:00 UTC.
  static func text(_ second: Int) -> String {
    var (second, parts) = (second, tm())
    guard gmtime_r(&second, &parts) != nil else { return "" }
    func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    return
      "\(days[Int(parts.tm_wday)]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon)]) \(1900 + Int(parts.tm_year)) "
      + "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT"
  }
}
