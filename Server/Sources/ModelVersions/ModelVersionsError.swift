/// An error of publishing, opening or labelling versions; system calls that fail throw `SystemError`.
package enum ModelVersionsError: Error, Equatable, CustomStringConvertible {
  // Errors of a file to publish.
  case notAFile(String)
  case changedWhileCopied(String)
  case isVersion(String, version: Int)
  case exists(String)
  case negative(Int)
  case noNumberLeft(model: String)
  // Errors of a servable to serve.
  case changedWhileRead
  case noCandidates
  case badScore(query: String, candidate: String)
  case badRating
  case fewAnswers(query: String, expected: Int, found: Int)
  // Errors of the labels of a model.
  case damagedLabels(path: String)
  case unreadableLabels(SystemError)

  package var description: String {
    switch self {
    case .notAFile(let path): "\(path): it is not a regular file; give a servable"
    case .changedWhileCopied(let path): "\(path): it changed while it was copied; publish it again"
    case .isVersion(let path, let version): "\(path): it is version \(version) already; nothing is to be published"
    case .exists(let path):
      "\(path): it is there, and served files are never overwritten; publish under another number"
    case .negative(let version): "version \(version): it is negative; give 0 or more"
    case .noNumberLeft(let model):
      "\(model)/\(Int.max): it is the greatest version, and none can follow; remove it, or give a lower --version"
    case .changedWhileRead: "its file changed while it was read; it is tried again once it holds still"
    case .noCandidates: "it has no candidates; expected at least one, so export it again"
    case .badScore(let query, let candidate):
      "its score of \"\(candidate)\" for \"\(query)\" is not a finite number; export it again"
    case .badRating: "a rating that it predicts is not a finite number; export it again"
    case .fewAnswers(let query, let expected, let found):
      "it recommends \(found) candidates for \"\(query)\"; expected \(expected), so export it again"
    case .damagedLabels(let path):
      "\(path): it is not one object of labels and version numbers, as {\"canary\": 3, \"stable\": 2}"
    case .unreadableLabels(let error): "\(error)"
    }
  }

  /// The reason as a client is told it: of labels without their path, and with the consequence for requests.
  package var reason: String {
    switch self {
    case .damagedLabels:
      "\(ModelSource.labelsFileName) is damaged, so it is unknown which version is the default; fix or remove it"
    case .unreadableLabels(let error):
      "\(ModelSource.labelsFileName) cannot be read (\(error.reason)), so it is unknown which version is the default; "
        + "make it readable or remove it"
    default: description
    }
  }
}
