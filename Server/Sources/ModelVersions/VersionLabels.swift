import Foundation

/// The labels of a model: `{"canary": 3, "stable": 2, "default": 2}` in `NAME/labels.json`.
package enum VersionLabels {
  package enum Failure: Error, Equatable, CustomStringConvertible {
    case damaged(path: String)
    case unreadable(SystemError)

    package var description: String {
      switch self {
      case .damaged(let path):
        "\(path): it is not one object of labels and version numbers, as {\"canary\": 3, \"stable\": 2}"
      case .unreadable(let error): "\(error)"
      }
    }

    /// The reason why no version answers if no labels were known before.
    package var reason: String {
      switch self {
      case .damaged:
        "\(ModelSource.labelsFileName) is damaged, so it is unknown which version is pinned; fix or remove it"
      case .unreadable(let error):
        "\(ModelSource.labelsFileName) cannot be read (\(error.reason)), so it is unknown which version is pinned; "
          + "make it readable or remove it"
      }
    }
  }

  private static let limit = 1 << 20

  /// Reads the labels; none if there is no file.
  package static func read(
    _ path: String, _ files: some ModelFiles = DiskFiles()
  ) throws(Failure) -> [String: Int] {
    let bytes: [UInt8]
    do throws(SystemError) {
      guard let contents = try files.contents(of: path, limit: limit) else { return [:] }
      bytes = contents
    } catch { throw .unreadable(error) }
    guard bytes.count <= limit, let labels = try? JSONDecoder().decode([String: Int].self, from: Data(bytes)),
      labels.allSatisfy({ $0.value >= 0 && !$0.key.isEmpty })
    else { throw .damaged(path: path) }
    return labels
  }
}
