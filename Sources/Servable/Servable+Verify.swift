import Artifacts

extension Servable {
  /// Reads every byte of the file at `path` and compares checksums, which opening a servable does not.
  ///
  /// - Throws: an error whose one line names the file and the damaged section.
  public static func verify(path: String) throws {
    try ArtifactFile(unmapped: path, type: type).verify()
  }
}
