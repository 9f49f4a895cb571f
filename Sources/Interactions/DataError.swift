/// What is wrong with the data or with what was asked of it.
package enum DataError: Error, Equatable {
  case badRow(file: String, line: Int, field: String?, reason: String)
  case badFile(file: String, reason: String)
  case noColumn(String, of: String, there: String)
  case noRows(String)
  case tooFewRows(wanted: Int, there: Int)
}

extension DataError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .badRow(let file, let line, let field, let reason):
      "\(file): line \(line): \(field.map { "field \"\($0)\": " } ?? "")\(reason)"
    case .badFile(let file, let reason): "\(file): \(reason)"
    case .noColumn(let name, let table, let there):
      "no column \"\(name)\" of the kind that is wanted in \(table); there are \(there)"
    case .noRows(let what): "\(what): not a single row"
    case .tooFewRows(let wanted, let there): "\(wanted) rows are asked for, and there are only \(there)"
    }
  }
}
