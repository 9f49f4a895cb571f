import Artifacts

/// What a server asks of a servable besides answers.
extension Servable {
  /// Reads every byte of the file at `path` and compares checksums: for what opening it, which reads little, would miss.
  ///
  /// - Throws: one line that names the file and the damaged section.
  public static func verify(path: String) throws {
    try ArtifactFile(unmapped: path, type: type).verify()
  }
}
