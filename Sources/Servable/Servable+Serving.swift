import Artifacts

/// What a server asks of a servable besides answers.
extension Servable {
  /// Reads every byte of the file at `path` and compares checksums: for what opening it, which reads little, would miss.
  ///
  /// - Parameter loaded: `true` if the file is read into memory rather than mapped, as in `init(path:loaded:)`.
  /// - Throws: one line that names the file and the damaged section.
  public static func verify(path: String, loaded: Bool = false) throws {
    try ArtifactFile(path: path, type: type, loaded: loaded).verify()
  }
}
