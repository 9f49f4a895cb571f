/// What is wrong with the data or with what was asked of it.
package enum DataError: Error, Equatable {
  case badRow(file: String, line: Int, field: String?, reason: String)
  case badRows(first: Reject, count: Int)
  case badFile(file: String, reason: String)
  case noColumn(String, of: String, there: String)
  case noRows(String)
  case noPart(String, column: String)
  case missingNumber(column: String, row: Int)
  case noRole(String, wantedFor: String)
  case tooFewRows(wanted: Int, there: Int)
}

extension DataError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .badRow(let file, let line, let field, let reason):
      "\(file): line \(line): \(field.map { "field \"\($0)\": " } ?? "")\(reason)"
    case .badRows(let first, let count):
      "\(first.error)" + (count > 1 ? ", and \(count - 1) more bad rows" : "")
        + "; mend the file, or leave bad rows out with on-bad-row skip"
    case .badFile(let file, let reason): "\(file): \(reason)"
    case .noColumn(let name, let table, let there):
      "no column \"\(name)\" of the kind that is wanted in \(table); there are \(there)"
    case .noRows(let what): "\(what): not a single row"
    case .noPart(let part, let column): "column \"\(column)\" says \"\(part)\" in no row; a split needs train and test"
    case .missingNumber(let column, let row): "column \"\(column)\" has no number in row \(row + 1) of the interactions"
    case .noRole(let role, let option):
      "\(option) wants a \(role), and the interactions have none; name one when they are ingested"
    case .tooFewRows(let wanted, let there): "\(wanted) rows are asked for, and there are only \(there)"
    }
  }
}
