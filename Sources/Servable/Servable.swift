import Artifacts
import CandidateIndex
import Kernels

/// A model ready to answer: raw query id in, candidates and scores out. One mapped file, opened in microseconds,
/// immutable, safe from any number of threads.
public struct Servable: Sendable {
  package static let type = ArtifactType("servable", version: 1)

  private let file: ArtifactFile
  private let queries: MappedStrings
  private let candidates: MappedStrings
  private let index: ExactIndex
  private let history: SeenItems
  private let embeddings: MappedRows

  /// - Throws: one line that names the file, if it is not a servable that this build reads.
  public init(path: String) throws {
    file = try ArtifactFile(path: path, type: Self.type)
    queries = try MappedStrings("queries", in: file)
    candidates = try MappedStrings("candidates", in: file)
    index = try ExactIndex(file, schema: file.header.schema["index"])
    history = try SeenItems(file, queries: queries.count)
    embeddings = try MappedRows("query_embeddings", in: file, rows: queries.count + 1, columns: index.dimension)
    guard index.count == candidates.count else {
      throw FileError(
        path,
        ArtifactError.malformed(part: "the index", reason: "it has \(index.count) of \(candidates.count) candidates"))
    }
  }

  /// What was asked and what is recommended.
  public struct Answer: Sendable {
    public let query: String
    /// Whether the model knows the query; if not, the out-of-vocabulary row answered.
    public let isKnown: Bool
    public let recommendations: [(candidate: String, score: Float)]
  }

  public enum Refusal: Error, Equatable, CustomStringConvertible {
    case unknownCandidate(String, like: String?)

    public var description: String {
      switch self {
      case .unknownCandidate(let name, let like):
        "no candidate \"\(name)\"" + (like.map { "; did you mean \"\($0)\"?" } ?? "")
      }
    }
  }

  public var candidateCount: Int { candidates.count }

  /// The best `k` candidates for a raw query id.
  ///
  /// - Parameters:
  ///   - excludeSeen: leave out what the query had in training.
  ///   - excluded: candidates to leave out, by key.
  public func recommend(
    _ query: String, k: Int, excludeSeen: Bool = false, excluding excluded: [String] = []
  ) throws -> Answer {
    var banned: Set<Int> = []
    for name in excluded {
      guard let place = candidates.index(of: name) else {
        try require([name])
        continue
      }
      banned.insert(place)
    }
    let place = queries.index(of: query)
    if excludeSeen, let place { banned.formUnion(history[place]) }
    let found = index.search(embeddings[place.map { $0 + 1 } ?? 0], k: k, excluding: banned)
    return Answer(
      query: query, isKnown: place != nil,
      recommendations: found.map { (candidate: candidates[$0.candidate], score: $0.score) })
  }

  /// - Throws: `Refusal` for the first name that no candidate has.
  public func require(_ names: [String]) throws {
    for name in names where candidates.index(of: name) == nil {
      let all = (0..<candidates.count).lazy.map { candidates[$0] }
      throw Refusal.unknownCandidate(name, like: nearestName(to: name, among: all) ?? beginning(name, all))
    }
  }

  /// People leave out the year.
  private func beginning(_ name: String, _ all: some Sequence<String>) -> String? {
    let prefix = name.lowercased()
    return prefix.isEmpty ? nil : all.first { $0.lowercased().hasPrefix(prefix) }
  }
}

/// What each query had in training, as candidate numbers.
struct SeenItems: @unchecked Sendable {
  private let starts: UnsafeBufferPointer<UInt64>
  private let candidates: UnsafeBufferPointer<UInt32>
  private let owner: ArtifactFile

  init(_ file: ArtifactFile, queries: Int) throws {
    owner = file
    starts = try file.mapped("seen/starts")
    candidates = try file.mapped("seen/candidates")
    guard starts.count == queries + 1 else {
      throw FileError(
        file.path,
        ArtifactError.malformed(part: "section \"seen/starts\"", reason: "it is not one longer than the queries"))
    }
  }

  subscript(query: Int) -> [Int] {
    let (start, end) = (starts[query], starts[query + 1])
    guard start <= end, end <= UInt64(candidates.count) else { return [] }
    return candidates[Int(start)..<Int(end)].map { Int($0) }
  }
}

/// Rows of floats where they lie in a mapped file.
struct MappedRows: @unchecked Sendable {
  private let values: UnsafeBufferPointer<Float>
  private let columns: Int
  private let owner: ArtifactFile

  init(_ name: String, in file: ArtifactFile, rows: Int, columns: Int) throws {
    guard file.section(name)?.shape == [rows, columns] else {
      throw FileError(
        file.path,
        ArtifactError.malformed(part: "section \"\(name)\"", reason: "its shape is not [\(rows), \(columns)]"))
    }
    owner = file
    self.columns = columns
    values = try file.mapped(name)
  }

  subscript(row: Int) -> [Float] { Array(values[row * columns..<(row + 1) * columns]) }
}
