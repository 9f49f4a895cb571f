import Tables

/// The reason why a row of raw data cannot be read.
package enum RowFault: Error, Sendable, Equatable {
  case fieldCount(found: Int, expected: Int)
  case unclosedQuote
  /// - Parameter behindBackslash: `true` if the quote stands behind a backslash.
  case textAfterQuote(behindBackslash: Bool)
  case notUTF8
  case empty
  case notANumber(String)
  case notAnInteger(String)
  case notATime(String)
  case otherTimeFormat(String, format: String)
  case timeOutOfRange(String, year: String)
  case otherTimeUnit(String, found: TimeUnit, expected: TimeUnit)
  case namelessColumn(Int)
  case columnNames(fields: Int, names: Int)
  case notAnIdentifier
  case notAFlag(String)
  case unknownMovie(String)
  /// A list where one value is wanted.
  case list
  case notJSON(String)
  case notAnObject
}

extension RowFault: CustomStringConvertible {
  package var description: String {
    switch self {
    case .fieldCount(let found, let expected): "it has \(found) fields; expected \(expected)"
    case .unclosedQuote: "its quote is never closed"
    case .textAfterQuote(let behindBackslash):
      "text follows its closing quote"
        + (behindBackslash
          ? "; if a backslash before a quote makes it part of the field, give escape backslash"
          : "; if quotes stand for themselves, give quote none")
    case .notUTF8: "it is not UTF-8"
    case .empty: "it is empty"
    case .notANumber(let text):
      "\"\(text.shortened)\" is not a number"
        + (!text.utf8.contains(UInt8(ascii: ","))
          || NumberStyle(decimal: ",", thousands: ".").plainSpelling(text).flatMap(Double.init) == nil
          ? "" : "; if its comma begins the fraction, give decimal-separator \",\"")
    case .notAnInteger(let text): "\"\(text.shortened)\" is not a whole number"
    case .notATime(let text):
      "\"\(text.shortened)\" is neither a number of seconds nor an ISO 8601 time"
        + (text.utf8.contains { 48...57 ~= $0 } ? "; give its form with time-format, such as %d.%m.%Y %H:%M" : "")
    case .otherTimeFormat(let text, let format): "\"\(text.shortened)\" is not a time of the form \(format)"
    case .timeOutOfRange(let text, let year):
      "\"\(text.shortened)\" is the year \(year), and 1971 to 2100 are read; leave out rows whose time is not known"
    case .otherTimeUnit(let text, let found, let expected):
      "\"\(text.shortened)\" is a time in \(found.rawValue), and those above it are in \(expected.rawValue); give one unit"
    case .namelessColumn(let number): "column \(number) of the header has no name"
    case .columnNames(let fields, let names): "it has \(fields) fields, and \(names) columns are named"
    case .notAnIdentifier: "it is not an id"
    case .notAFlag(let text): "\"\(text.shortened)\" is neither 0 nor 1"
    case .list: "it is a list, and one value is needed"
    case .notJSON(let reason): "it is not JSON: \(reason)"
    case .notAnObject: "it is not an object of JSON, as every line has to be"
    case .unknownMovie(let id): "no movie \"\(id.shortened)\" in the list of movies"
    }
  }
}
