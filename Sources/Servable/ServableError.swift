import DisplayText

/// A request that a servable cannot answer, or an export whose own answers are wrong.
///
/// Files that cannot be read are `FileError`s instead, which name the file.
public enum ServableError: Error, Equatable {
  /// `like` is the key that was probably meant.
  case unknownCandidate(String, like: String?)
  case emptyHistory
  /// `there` are all fields of the catalog, `like` the one that was probably meant.
  case unknownField(String, like: String?, there: [String])
  case unknownValue(String, field: String, like: String?)
  case notANumber(String, field: String, isWhole: Bool)
  case emptyRange(String, field: String)
  /// Features are given to a model whose query tower has none.
  case readsNoFeatures
  /// A score is asked for as a sum over features, and the query tower has dense layers.
  case noSumOverFeatures
  /// `there` are the columns that features are made of, `like` the one that was probably meant.
  case unknownFeature(String, like: String?, there: [String])
  case featureNotANumber(String, feature: String)
  /// So many values are given for a feature of single ones.
  case featureNotSingle(Int, feature: String)
  case invalidModelName(String)
  /// The written servable and the model disagree.
  case wrongAnswer(query: String)
}

extension ServableError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unknownCandidate(let name, let like):
      "no candidate \"\(name)\"" + (like.map { "; did you mean \"\($0)\"?" } ?? "")
    case .emptyHistory: "the history is empty; give at least one candidate, or none at all for the popular ones"
    case .unknownField(let name, _, let there) where there.isEmpty:
      "no field \"\(name)\": the servable has none to filter by; export it again, with a catalog that has fields"
    case .unknownField(let name, let like, let there):
      "no field \"\(name)\"; " + (like.map { "did you mean \"\($0)\"? " } ?? "")
        + "There are \(there.map { "\"\($0)\"" }.joined(separator: ", "))"
    case .unknownValue(let value, let field, let like):
      "no value \"\(value)\" of the field \"\(field)\"" + (like.map { "; did you mean \"\($0)\"?" } ?? "")
    case .notANumber(let text, let field, let isWhole):
      "the field \"\(field)\" has \(isWhole ? "whole " : "")numbers; \"\(text)\" is neither one nor a range, "
        + "as 10..20, 10.. or ..20"
    case .emptyRange(let text, let field):
      "the range \"\(text)\" of the field \"\(field)\" ends before it begins; give the lower number first"
    case .readsNoFeatures:
      "the model's query tower has no features, so none can be given; train it with query-tower=sum or concat, or give a "
        + "history"
    case .noSumOverFeatures:
      "the model's query tower has dense layers, so a score is no sum over features; leave out the explanation, or train "
        + "with query-tower=sum"
    case .unknownFeature(let name, let like, let there):
      "no feature of queries \"\(name)\"; " + (like.map { "did you mean \"\($0)\"? " } ?? "")
        + "There are \(there.map { "\"\($0)\"" }.joined(separator: ", "))"
    case .featureNotANumber(let text, let feature):
      "the feature \"\(feature)\" is a number, and \"\(text)\" is none"
    case .featureNotSingle(let count, let feature):
      "the feature \"\(feature)\" has one value, and \(count) are given; give one"
    case .invalidModelName(let name):
      "\"\(name.printable)\" cannot be a model's name; give letters, digits, \"-\", \"_\" and \".\", the first a letter or "
        + "digit, at most 200"
    case .wrongAnswer(let query):
      "the written servable answers \"\(query)\" differently from the model, so nothing was published; make the model and the index again"
    }
  }
}
