import Tables

/// The reason why data cannot be read, divided or used as it was asked for.
package enum DataError: Error, Equatable {
  case badSource(String, SourceFault)
  case badRow(Reject)
  case badRows(first: Reject, count: Int)
  case tooManyBadRows(first: Reject, lost: Int, lines: Int, share: Double)
  case noRows(String)
  /// - Parameter rule: which left out all rows.
  case noRowsLeft(String, rule: String)
  case noWeight(String, column: String, value: String)
  /// - Parameter there: the columns of the kind that is needed.
  case noColumn(String, of: String, there: [String])
  /// - Parameter row: counted from 0.
  case missingNumber(column: String, row: Int)
  case noRole(String, neededFor: String)
  case noTimes
  case columnExists(String)
  case noPrevious(query: String)
  case tooFewRows(needed: Int, there: Int)
  case tooFewQueries(needed: Int, column: String, there: Int)
  case noPart(String, column: String, there: [String])
  case emptyPart(Split.Part, EmptyPartReason)
  case leak(String)

  /// - Parameter columns: all columns of the table.
  static func noColumn(
    _ name: String, of table: String, in columns: [ColumnDescription], kinds: [ColumnKind]
  ) -> DataError {
    .noColumn(name, of: table, there: columns.filter { kinds.contains($0.kind) }.map(\.name))
  }
}

extension DataError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .badSource(let file, let fault): "\(file): \(fault)"
    case .badRow(let reject): "\(reject)"
    case .badRows(let first, let count):
      "\(first)" + (count > 1 ? ", and \(count - 1) more bad rows" : "")
        + "; fix the file, or leave bad rows out with on-bad-row skip"
    case .tooManyBadRows(let first, let lost, let lines, let share):
      "\(first); with all bad rows \(lost) of \(lines) lines would be left out, and max-bad-rows allows a share of "
        + "\(share); is the file what the params say?"
    case .noRows(let name): "\(name): not a single row"
    case .noRowsLeft(let name, let rule): "\(name): not a single row is left by \(rule)"
    case .noWeight(let name, let column, let value):
      "\(name): field \"\(column)\": \"\(value.shortened)\" has no weight; give it one in weights, or leave such rows out "
        + "with keep"
    case .noColumn(let name, let table, let there):
      "no column \"\(name)\" of the expected kind in \(table); there are \(Self.list(there))"
    case .missingNumber(let column, let row):
      "row \(row + 1) of the interactions has no number in column \"\(column)\", and every row needs one; "
        + "fill it in, or leave the row out"
    case .noRole(let role, let option):
      "\(option) needs a \(role), and the interactions have none; name one when they are ingested"
    case .noTimes:
      "the interactions have no times; name their column with \"timestamp\" of ingest, or choose another split"
    case .columnExists(let name):
      "the data has a column \"\(name)\" already; rename it, or ingest without \"previous\""
    case .noPrevious(let query): "no \(query) has two rows, so that nothing was chosen before"
    case .tooFewRows(let needed, let there): "\(needed) rows are asked for, and there are only \(there)"
    case .tooFewQueries(let needed, let column, let there):
      "\(needed) distinct \(column) are to be held out of \(there), and some must be left to learn from"
    case .noPart(let part, let column, let there):
      "no row has \"\(part)\" in column \"\(column)\"; the split needs at least one; there are \(Self.list(there))"
    case .emptyPart(let part, let reason): "\(part.rawValue): not a single row; \(reason)"
    case .leak(let what): "\(what); fix the data, choose another split, or go on with leaks warn"
    }
  }

  private static func list(_ names: [String]) -> String { names.map { "\"\($0)\"" }.joined(separator: ", ") }
}
