import Foundation

/// The labels of a model: `{"canary": 3, "stable": 2, "default": 2}` in `NAME/labels.json`.
package enum VersionLabels {
  private static let limit = 1 << 20

  /// Reads the labels; none if there is no file.
  package static func read(
    _ path: String, _ files: some ModelFiles = DiskFiles()
  ) throws(ModelVersionsError) -> [String: Int] {
    let bytes: [UInt8]
    do throws(SystemError) {
      guard let contents = try files.contents(of: path, limit: limit) else { return [:] }
      bytes = contents
    } catch { throw .unreadableLabels(error) }
    guard bytes.count <= limit, let labels = try? JSONDecoder().decode([String: Int].self, from: Data(bytes)),
      labels.allSatisfy({ $0.value >= 0 && !$0.key.isEmpty })
    else { throw .damagedLabels(path: path) }
    return labels
  }
}
