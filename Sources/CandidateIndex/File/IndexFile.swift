package import Artifacts
package import CanonicalJSON
import SystemFiles

/// The artifact of an index.
package enum IndexFile {
  package static let type = ArtifactType("candidate-index", version: 3)

  /// Opens the artifact that `index` made.
  ///
  /// - Parameter loaded: `true` if it is read into memory, in pages of 2 MiB where the system has them, rather than
  ///   mapped.
  /// - Throws: `FileError` if the file is not an index that this build reads.
  package static func open(path: String, loaded: Bool = false) throws -> any NearestNeighbourIndex {
    try open(ArtifactFile(path: path, type: type, loaded: loaded))
  }

  /// Opens the index where it lies in `file`; the scanned sections are not copied.
  ///
  /// - Parameters:
  ///   - schema: the index's, where it is a part of another artifact.
  ///   - similarities: names of those whose vectors the caller can map.
  package static func open(
    _ file: ArtifactFile, schema: JSON? = nil, similarities: [String] = ["inner-product"]
  ) throws -> any NearestNeighbourIndex {
    let schema = schema ?? file.header.schema
    let similarity = schema["similarity"] ?? "inner-product"
    guard similarities.contains(where: { $0 == similarity.string }) else {
      throw FileError(
        file.path,
        CandidateIndexError.similarity(similarity.string ?? similarity.text, searchable: similarities))
    }
    switch schema["kind"]?.string {
    case "exact": return try ExactIndex(file, schema: schema)
    case "approximate": return try ApproximateIndex(file, schema: schema)
    case let kind:
      throw FileError(file.path, CandidateIndexError.unknown(part: "kind", found: kind ?? ""))
    }
  }
}

extension NearestNeighbourIndex {
  package func publish(to path: String, lineage: Lineage, summary: Summary = Summary()) throws {
    let writer = try ArtifactWriter(path: path, type: IndexFile.type, schema: .object(schema))
    try write(to: writer)
    try writer.publish(lineage: lineage, summary: summary)
  }
}
