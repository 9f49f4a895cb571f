/// What is wrong with the data or with what was asked of it.
package enum DataError: Error, Equatable {
  case badRow(file: String, line: Int, field: String?, reason: String)
  case badRows(first: Reject, count: Int)
  case tooManyBadRows(first: Reject, lost: Int, lines: Int, share: Double)
  case badFile(file: String, reason: String)
  case noColumn(String, of: String, there: String)
  case noRows(String)
  case noPart(String, column: String, there: String)
  case emptyPart(String, reason: String)
  case missingNumber(column: String, row: Int)
  case noRole(String, wantedFor: String)
  case tooFewRows(wanted: Int, there: Int)
  case tooFewQueries(wanted: Int, column: String, there: Int)
  case noTimes
  case columnExists(String)
  case noPrevious(query: String)
  case noTime(column: String, row: Int)
  case leak(String)
}

extension DataError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .badRow(let file, let line, let field, let reason):
      "\(file): line \(line): \(field.map { "field \"\($0)\": " } ?? "")\(reason)"
    case .badRows(let first, let count):
      "\(first.error)" + (count > 1 ? ", and \(count - 1) more bad rows" : "")
        + "; fix the file, or leave bad rows out with on-bad-row skip"
    case .tooManyBadRows(let first, let lost, let lines, let share):
      "\(first.error); with all bad rows \(lost) of \(lines) lines would be left out, and max-bad-rows allows a share of "
        + "\(share); is the file what the params say?"
    case .badFile(let file, let reason): "\(file): \(reason)"
    case .noColumn(let name, let table, let there):
      "no column \"\(name)\" of the expected kind in \(table); there are \(there)"
    case .noRows(let what): "\(what): not a single row"
    case .missingNumber(let column, let row): "column \"\(column)\" has no number in row \(row + 1) of the interactions"
    case .noRole(let role, let option):
      "\(option) wants a \(role), and the interactions have none; name one when they are ingested"
    case .noPart(let part, let column, let there):
      "no row has \"\(part)\" in column \"\(column)\"; the split needs at least one; there are \(there)"
    case .emptyPart(let part, let reason): "\(part): not a single row; \(reason)"
    case .tooFewRows(let wanted, let there): "\(wanted) rows are asked for, and there are only \(there)"
    case .tooFewQueries(let wanted, let column, let there):
      "\(wanted) distinct \(column) are to be held out of \(there), and some must be left to learn from"
    case .noTimes:
      "the interactions have no times; name their column with \"timestamp\" of ingest, or choose another split"
    case .columnExists(let name):
      "the data has a column \"\(name)\" already; choose another name with \"columns\" of ingest"
    case .noPrevious(let query): "no \(query) has two rows, so that nothing was chosen before"
    case .noTime(let column, let row): "row \(row + 1) has no \(column); a split by time needs one in every row"
    case .leak(let what): "\(what); fix the data, choose another split, or go on with leaks warn"
    }
  }
}
