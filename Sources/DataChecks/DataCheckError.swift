/// The reason why data cannot be checked, or may not be used.
package enum DataCheckError: Error, Equatable {
  /// A file of expectations, at a line counted from 1.
  case badExpectations(line: Int, ExpectationFault)
  /// Data that failed their check.
  case failedCheck(String)
  /// A verdict about other data, by their digests.
  case otherData(judged: String, used: String)
}

/// A fault in a file of expectations.
package enum ExpectationFault: Error, Equatable {
  case notYAML(String)
  case tooLarge(bytes: Int, most: Int)
  case tooDeep(most: Int)
  case tooMany(most: Int)
  case repeated(String)
  case unknownField(String, of: String, nearest: String?, known: [String])
  case notFields(of: String, found: String)
  case badValue(String, field: String, expected: String)
  case crossed(String, String)
}

extension DataCheckError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .badExpectations(let line, let fault): "line \(line): \(fault)"
    case .failedCheck(let statement):
      "the data failed their check: \(statement); inspect check.verdict shows all of it; repair the data or change what "
        + "check expects, or go on with on-failed-verdict warn"
    case .otherData(let judged, let used):
      "the data verdict is about interactions \(judged.prefix(12)), and these are \(used.prefix(12)); let check read the "
        + "same interactions"
    }
  }
}

extension ExpectationFault: CustomStringConvertible {
  package var description: String {
    switch self {
    case .notYAML(let problem): "not YAML: \(problem)"
    case .tooLarge(let bytes, let most): "the file has \(bytes) bytes, and \(most) are the most"
    case .tooDeep(let most): "nested more than \(most) deep"
    case .tooMany(let most): "more than \(most) values"
    case .repeated(let field): "\"\(field)\" is given twice; keep one"
    case .unknownField(let field, let group, let nearest, let known):
      "no \"\(field)\" in \(group)"
        + (nearest.map { "; did you mean \"\($0)\"?" } ?? "; there are \(known.joined(separator: ", "))")
    case .notFields(let group, let found): "\(group) is \(found); expected fields, as \"name: value\""
    case .badValue(let value, let field, let expected): "\(field) is \(value); expected \(expected)"
    case .crossed(let low, let high): "\(low) is above \(high); no value can be both"
    }
  }
}
