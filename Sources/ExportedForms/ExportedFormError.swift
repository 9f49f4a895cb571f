import DisplayText

/// A reason why a form is not published: it cannot hold the servable, or the written form is not read back the same.
package enum ExportedFormError: Error, Equatable {
  case tooManyNames(bytes: Int)
  /// A feature of queries whose column has the name of another input.
  case takenName(form: String, feature: String)
  case wrongFeatures(form: String)
  case wrongAnswer(form: String, query: String)
  case missing(String)
  case tensorBeyondEnd(String)
  case tensorChecksum(String)
  case damagedTable(TableFlaw)

  /// Damage of the sorted table that is the index of a tensor bundle.
  package enum TableFlaw: String, Sendable {
    case noFooter = "it has no footer"
    case severalBlocks = "it has several blocks; expected one"
    case blockBeyondEnd = "a block is beyond its end"
    case blockChecksum = "a block's checksum does not match"
    case shortBlock = "a block is too short"
    case shortKey = "a key is cut short"
    case shortNumber = "a number is cut short"
    case shortEntry = "an entry is cut short"
  }
}

extension ExportedFormError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .tooManyNames(let bytes):
      "the names take \(bytes) bytes, and an ONNX model ends at 2 GB; leave onnx out of the forms"
    case .takenName(let form, let feature):
      "\(form) has another value named \"\(feature.printable)\", as a column that a feature of queries is made of; rename the "
        + "column, or leave \(form) out of the forms"
    case .wrongFeatures(let form):
      "the written \(form) has other vectors of features than the servable; nothing was published"
    case .wrongAnswer(let form, let query):
      "the written \(form) answers \"\(query.printable)\" differently from the servable; nothing was published"
    case .missing(let part): "\(part) is missing; export the servable again"
    case .tensorBeyondEnd(let key): "\"\(key)\" is beyond the end of its file; export the servable again"
    case .tensorChecksum(let key): "\"\(key)\": the checksum does not match; export the servable again"
    case .damagedTable(let flaw): "the table: \(flaw.rawValue); export the servable again"
    }
  }
}
