/// The reason why a row of raw data cannot be read.
package enum RowFault: Error, Sendable, Equatable {
  case fieldCount(found: Int, expected: Int)
  case unclosedQuote
  case textAfterQuote
  case notUTF8
  case empty
  case notANumber(String)
  case notAnInteger(String)
  case notATime(String)
  case timeOutOfRange(String, year: String)
  case otherTimeUnit(String, found: TimeUnit, expected: TimeUnit)
  case namelessColumn(Int)
  case columnNames(fields: Int, names: Int)
  case notAnIdentifier
  case notAFlag(String)
  case unknownMovie(String)
}

extension RowFault: CustomStringConvertible {
  package var description: String {
    switch self {
    case .fieldCount(let found, let expected): "it has \(found) fields; expected \(expected)"
    case .unclosedQuote: "its quote is never closed"
    case .textAfterQuote: "text follows its closing quote"
    case .notUTF8: "it is not UTF-8"
    case .empty: "it is empty"
    case .notANumber(let text): "\"\(text)\" is not a number"
    case .notAnInteger(let text): "\"\(text)\" is not a whole number"
    case .notATime(let text): "\"\(text)\" is neither a number of seconds nor an ISO 8601 time"
    case .timeOutOfRange(let text, let year):
      "\"\(text)\" is the year \(year), and 1971 to 2100 are read; leave out rows whose time is not known"
    case .otherTimeUnit(let text, let found, let expected):
      "\"\(text)\" is a time in \(found.rawValue), and those above it are in \(expected.rawValue); give one unit"
    case .namelessColumn(let number): "column \(number) of the header has no name"
    case .columnNames(let fields, let names): "it has \(fields) fields, and \(names) columns are named"
    case .notAnIdentifier: "it is not an id"
    case .notAFlag(let text): "\"\(text)\" is neither 0 nor 1"
    case .unknownMovie(let id): "no movie \"\(id)\" in the list of movies"
    }
  }
}
