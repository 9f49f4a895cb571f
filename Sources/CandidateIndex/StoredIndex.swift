import Artifacts
import CanonicalJSON
import Kernels
import SystemFiles

/// An index of either kind, as an artifact has it.
public enum StoredIndex: CandidateIndex {
  case exact(ExactIndex)
  case approximate(ApproximateIndex)

  package static let type = ArtifactType("candidate-index", version: 3)

  private var index: any CandidateIndex {
    switch self {
    case .exact(let index): index
    case .approximate(let index): index
    }
  }

  public var count: Int { index.count }
  public var dimension: Int { index.dimension }

  public func search(_ query: [Float], k: Int, filter: CandidateFilter?) -> [Neighbour] {
    index.search(query, k: k, filter: filter)
  }

  /// `true` if results equal those of an exhaustive search.
  public var isExact: Bool { if case .exact = self { true } else { false } }

  /// Candidates that no search finds: removed, or of vectors that are not finite.
  public var absent: Int {
    switch self {
    case .exact(let index): index.absent
    case .approximate(let index): index.absent
    }
  }

  /// Their numbers.
  package var absentCandidates: [Int] {
    switch self {
    case .exact(let index): index.absentCandidates
    case .approximate(let index): index.absentCandidates
    }
  }

  /// - Parameter excluded: of each query the candidates that it may not find, rising; none of any if empty.
  package func search(
    _ queries: Matrix, k: Int, filter: CandidateFilter?, excluding excluded: [[UInt32]] = [], threads: Int
  ) -> [[Neighbour]] {
    switch self {
    case .exact(let index): index.search(queries, k: k, filter: filter, excluding: excluded, threads: threads)
    case .approximate(let index): index.search(queries, k: k, filter: filter, excluding: excluded, threads: threads)
    }
  }

  package func matrix(after first: Int = 0) -> Matrix {
    switch self {
    case .exact(let index): index.matrix(after: first)
    case .approximate(let index): index.matrix(after: first)
    }
  }

  package var schema: [String: JSON] {
    switch self {
    case .exact(let index): index.schema
    case .approximate(let index): index.schema
    }
  }

  package func write(to writer: ArtifactWriter) throws {
    switch self {
    case .exact(let index): try index.write(to: writer)
    case .approximate(let index): try index.write(to: writer)
    }
  }

  package func publish(to path: String, lineage: Lineage, summary: Summary = Summary()) throws {
    let writer = try ArtifactWriter(path: path, type: Self.type, schema: .object(schema))
    try write(to: writer)
    try writer.publish(lineage: lineage, summary: summary)
  }

  /// Opens the artifact that `index` made.
  ///
  /// - Parameter loaded: `true` if it is read into memory, in pages of 2 MiB where the system has them, rather than
  ///   mapped.
  /// - Throws: one line that names the file, if it is no index that this build reads.
  public init(path: String, loaded: Bool = false) throws {
    try self.init(ArtifactFile(path: path, type: Self.type, loaded: loaded))
  }

  /// Opens the index where it lies in `file`; nothing of what is scanned is copied.
  ///
  /// - Parameter schema: the index's, where it is a part of another artifact.
  package init(_ file: ArtifactFile, schema: JSON? = nil) throws {
    try self.init(file, schema: schema, of: [.innerProduct])
  }

  /// - Parameter similarities: those whose vectors the caller knows how to map.
  init(_ file: ArtifactFile, schema: JSON? = nil, of similarities: [Similarity]) throws {
    let schema = schema ?? file.header.schema
    let similarity = schema["similarity"] ?? JSON(Similarity.innerProduct.rawValue)
    guard similarities.contains(where: { $0.rawValue == similarity.string }) else {
      throw FileError(
        file.path,
        ArtifactError.malformed(
          part: "schema",
          reason: "similarity \(similarity.text) cannot be searched here; give an index of "
            + similarities.map(\.rawValue).joined(separator: ", ")))
    }
    switch schema["kind"]?.string {
    case "exact": self = .exact(try ExactIndex(file, schema: schema))
    case "approximate": self = .approximate(try ApproximateIndex(file, schema: schema))
    case let kind:
      throw FileError(
        file.path,
        ArtifactError.malformed(
          part: "schema", reason: "an index of kind \"\(kind ?? "")\" is unknown to this build; update Tandem"))
    }
  }
}
