import SystemFiles

/// The reason why a file is not an index that this build can search, or an index is not one of the model that it is
/// used with.
///
/// `FileError` names the file.
package enum CandidateIndexError: Error, Equatable {
  /// A part of the schema that this build does not know, such as a kind of a later version.
  case unknown(part: String, found: String)
  /// A similarity whose vectors the caller cannot map.
  case similarity(String, searchable: [String])
  /// The schema lacks a number, or has one that no index has.
  case schema(String)
  case missingSection(String)
  /// A section of another type or shape than the schema asks for.
  case shape(section: String, found: [Int], expected: [Int])
  /// A section that is not a table of 32-bit floats of the expected size; -1 stands for any.
  case table(section: String, found: String, expected: [Int])
  /// A number in a section that no index has there.
  case number(section: String, index: Int, found: UInt64, expected: String)
  case notFinite(section: String, row: Int)
  case otherCandidates(index: Int, model: Int)
  case otherDimension(index: Int, model: Int)
  /// An index of another model: the first digits of both digests.
  case otherModel(index: String, model: String)
}

extension CandidateIndexError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .unknown(let part, let found):
      "schema: the index's \(part) \"\(found)\" is unknown to this build; update Tandem"
    case .similarity(let found, let searchable):
      "schema: the index is by \(found); expected one by \(searchable.joined(separator: ", "))"
    case .schema(let expected): "schema: it does not describe an index: expected \(expected); make the file again"
    case .missingSection(let section): "section \"\(section)\" is missing; make the file again"
    case .shape(let section, let found, let expected):
      "section \"\(section)\": its shape is \(found); expected \(expected); make the file again"
    case .table(let section, let found, let expected):
      "section \"\(section)\": it is \(found); expected a table of 32-bit floats of shape \(expected), -1 standing for "
        + "any; make the file again"
    case .number(let section, let index, let found, let expected):
      "section \"\(section)\": number \(index) is \(found); expected \(expected); make the file again"
    case .notFinite(let section, let row):
      "section \"\(section)\": row \(row) is not finite; make the file again"
    case .otherCandidates(let index, let model):
      "the index has \(index) candidates and the model \(model); make the index from this model"
    case .otherDimension(let index, let model):
      "the index has \(index) dimensions and the model \(model); make the index from this model"
    case .otherModel(let index, let model):
      "the index was made from model \(index), and this is \(model); make the index from this model"
    }
  }
}

extension NearestNeighbourIndex {
  /// Checks that this may be an index of a model's candidates.
  package func require(candidates: Int, dimension: Int) throws(CandidateIndexError) {
    guard count == candidates else { throw .otherCandidates(index: count, model: candidates) }
    guard self.dimension == dimension else { throw .otherDimension(index: self.dimension, model: dimension) }
  }
}
