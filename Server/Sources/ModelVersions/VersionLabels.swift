import Foundation

/// The labels of a model: `{"canary": 3, "stable": 2, "default": 2}` in `NAME/labels.json`.
package enum VersionLabels {
  package struct Failure: Error, CustomStringConvertible {
    let path: String
    package var description: String {
      "\(path): it is not one object of labels and version numbers, as {\"canary\": 3, \"stable\": 2}"
    }
  }

  /// No labels where there is no file.
  package static func read(_ path: String) throws -> [String: Int] {
    guard FileManager.default.fileExists(atPath: path) else { return [:] }
    guard let data = FileManager.default.contents(atPath: path),
      let labels = try? JSONDecoder().decode([String: Int].self, from: data),
      labels.allSatisfy({ $0.value >= 0 && !$0.key.isEmpty })
    else { throw Failure(path: path) }
    return labels
  }
}
