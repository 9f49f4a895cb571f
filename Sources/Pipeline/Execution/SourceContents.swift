import Artifacts

/// The contents of a source, whatever its file is called and whenever it was written.
enum SourceContents {
  /// - Parameter isArtifact: `true` if the source is an artifact, which has a digest of its own; `false` for raw data,
  ///   of which every byte is read.
  static func digest(of path: String, isArtifact: Bool, interrupted: () throws -> Void) throws -> Digest {
    try isArtifact ? ArtifactFile(path: path).digest : SourceDigest.of(path, interrupted: interrupted)
  }
}
