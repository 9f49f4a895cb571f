package import Interactions
package import Tables

/// The reasons why features cannot be declared or read as asked.
package enum FeatureError: Error, Equatable {
  case badDeclaration(String, DeclarationFault)
  case repeated(String)
  /// - Parameter there: columns of the table.
  case noColumn(String, of: String, there: [String])
  case wrongKind(String, column: String, kind: ColumnKind, expected: [ColumnKind])
  case noTable(side: TowerSide, feature: String, port: String)
  /// A value that is given for a feature of numbers.
  case notANumber(String, column: String)
  /// So many values are given for a feature of single ones.
  case severalValues(Int, column: String)
  /// A value that is given for a column that no feature is made of.
  case noFeature(of: String, there: [String])
  /// A column of the users that is also one of the interactions.
  case twoMeanings(column: String)
  /// Vocabularies with features, of a version of `vocab` that did not encode the values by them.
  case notEncoded

  /// A fault in the words of a declaration.
  package enum DeclarationFault: Error, Equatable {
    case noColumn
    case unknownKind(String)
    case badNumber(String, of: String, least: Int, greatest: Int)
    case unknownOption(String, of: String)
  }
}

extension FeatureError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .badDeclaration(let text, let fault):
      "feature \"\(text)\": \(fault); expected COLUMN or \"COLUMN: KIND\", where KIND is \(FeatureKind.syntax)"
    case .repeated(let text): "feature \"\(text)\" is declared twice; declare it once"
    case .noColumn(let column, let table, let there):
      "feature \"\(column)\": no such column in \(table); there are "
        + there.map { "\"\($0)\"" }.joined(separator: ", ")
    case .wrongKind(let feature, let column, let kind, let expected):
      "feature \"\(feature)\": column \"\(column)\" is \(kind), and this kind of feature is made of "
        + expected.map(\.rawValue).joined(separator: " or ") + "; choose another kind, or ingest the column as that"
    case .noTable(let side, let feature, let port):
      "feature \"\(feature)\": the features of the \(side.rawValue) are columns of the input \"\(port)\", which is not "
        + "given; connect it in the pipeline"
    case .notANumber(let text, let column):
      "found \"\(text)\" for \(column); give a number, or a time as 2026-03-01T20:15"
    case .severalValues(let count, let column): "found \(count) values for \(column); give one"
    case .noFeature(let column, let there):
      "no feature is made of \"\(column)\"; there are " + there.map { "\"\($0)\"" }.joined(separator: ", ")
    case .twoMeanings(let column):
      "column \"\(column)\" is declared for query-features and for context-features, and a request could not say which "
        + "is meant; rename one where it is ingested"
    case .notEncoded:
      "the vocabularies hold features, and do not say who or what has which, as those of an earlier build; run vocab "
        + "again"
    }
  }
}

extension FeatureError.DeclarationFault: CustomStringConvertible {
  package var description: String {
    switch self {
    case .noColumn: "it names no column"
    case .unknownKind(let kind): "found the kind \"\(kind)\""
    case .badNumber(let text, let name, let least, let greatest):
      "found \"\(text)\" for \(name), which is a whole number from \(least) to \(greatest)"
    case .unknownOption(let word, let kind): "\(kind) has no option \"\(word)\""
    }
  }
}
