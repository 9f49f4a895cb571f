import Artifacts
import CandidateIndex
import Kernels
import TwoTower

/// A model ready to answer: raw query id in, candidates and scores out. One mapped file, opened in microseconds,
/// immutable, safe from any number of threads.
public struct Servable: Sendable {
  package static let type = ArtifactType("servable", version: 2)

  private let file: ArtifactFile
  private let queries: MappedStrings
  private let candidates: MappedStrings
  private let index: StoredIndex
  private let history: SeenItems
  private let fields: CatalogFields
  private let embeddings: MappedRows
  private let recipe: Recipe

  /// - Parameter loaded: whether the file is read into memory, in pages of 2 MiB where the system has them, rather than
  ///   mapped: opening takes as long as reading it, and nothing is read from the disk afterwards.
  /// - Throws: one line that names the file, if it is not a servable that this build reads.
  public init(path: String, loaded: Bool = false) throws {
    file = try ArtifactFile(path: path, type: Self.type, loaded: loaded)
    queries = try MappedStrings("queries", in: file)
    candidates = try MappedStrings("candidates", in: file)
    index = try StoredIndex(file, schema: file.header.schema["index"])
    history = try SeenItems(file, queries: queries.count)
    embeddings = try MappedRows("query_embeddings", in: file, rows: queries.count + 1, columns: index.dimension)
    fields = try CatalogFields(file, candidateCount: candidates.count)
    let header = file.header.schema
    recipe = try naming(path) { try Recipe(header["recipe"]) }
    guard index.count == candidates.count else {
      throw FileError(
        path,
        ArtifactError.malformed(part: "the index", reason: "it has \(index.count) of \(candidates.count) candidates"))
    }
  }

  /// What was asked and what is recommended.
  public struct Answer: Sendable {
    public let query: String
    public let basis: Basis
    public let recommendations: [(candidate: String, score: Float)]
  }

  /// What an answer rests on.
  public enum Basis: String, Sendable {
    /// The query's own vector.
    case known
    /// A vector made of what the query chose.
    case history
    /// How popular candidates are: nothing is known of the query.
    case popularity
    /// The out-of-vocabulary row, which training never touched: nothing is known of the query.
    case untrained
  }

  public enum Refusal: Error, Equatable, CustomStringConvertible {
    case unknownCandidate(String, like: String?)
    case emptyHistory

    public var description: String {
      switch self {
      case .unknownCandidate(let name, let like):
        "no candidate \"\(name)\"" + (like.map { "; did you mean \"\($0)\"?" } ?? "")
      case .emptyHistory: "the history is empty; give at least one candidate, or none at all for the popular ones"
      }
    }
  }

  public var candidateCount: Int { candidates.count }

  /// Names of the catalog's fields, which a `FieldFilter` may have conditions on.
  public var fieldNames: [String] { fields.names }

  /// The candidates that meet all of `filter`, for any number of searches.
  ///
  /// - Throws: `FieldFilter.Refusal` for the first condition on a field, or a text, that the catalog does not have.
  public func candidates(allowedBy filter: FieldFilter) throws -> CandidateFilter {
    try fields.candidates(allowedBy: filter)
  }

  /// The best `k` candidates for a raw query id.
  ///
  /// - Parameters:
  ///   - excludeSeen: leave out what the query had in training.
  ///   - excluded: candidates to leave out, by key.
  ///   - filter: which candidates may be recommended, of `candidateCount`; all if nil.
  public func recommend(
    _ query: String, k: Int, excludeSeen: Bool = false, excluding excluded: [String] = [],
    filter: CandidateFilter? = nil
  ) throws -> Answer {
    var banned = Set(try numbers(of: excluded))
    let place = queries.index(of: query)
    if excludeSeen, let place { banned.formUnion(history[place]) }
    let basis = place == nil ? recipe.biasWeight == nil ? Basis.untrained : .popularity : .known
    return answer(
      query, embeddings[place.map { $0 + 1 } ?? 0], k: k, banned: banned, filter: filter, basis: basis)
  }

  /// The best `k` candidates for somebody of whom nothing is known but a history; what is in it is not recommended.
  ///
  /// Costs a copy of the candidates' vectors.
  ///
  /// - Parameters:
  ///   - name: stands in the answer as the query.
  ///   - history: candidates by key.
  ///   - filter: which candidates may be recommended, of `candidateCount`; all if nil.
  public func recommend(
    _ name: String, history: [String], k: Int, excluding excluded: [String] = [], filter: CandidateFilter? = nil
  ) throws -> Answer {
    let chosen = try Set(numbers(of: history)).sorted()
    guard !chosen.isEmpty else { throw Refusal.emptyHistory }
    let foldIn = FoldIn(candidateTable: index.matrix(after: 1), recipe: recipe, counts: try counts())
    let vector = foldIn.vectors(for: [chosen.map { Int32($0 + 1) }], threads: 1).row(0)
    return answer(
      name, vector, k: k, banned: Set(try numbers(of: excluded) + chosen), filter: filter, basis: .history)
  }

  /// Interactions of each candidate; empty where folding in needs none.
  private func counts() throws -> [Int64] {
    guard recipe.negativesByFrequency, file.section("candidates/counts") != nil else { return [] }
    return try file.read("candidates/counts", shape: [candidates.count])
  }

  private func answer(
    _ query: String, _ vector: [Float], k: Int, banned: Set<Int>, filter: CandidateFilter?, basis: Basis
  ) -> Answer {
    var allowed = filter
    if !banned.isEmpty {
      let others = CandidateFilter(excluding: banned, of: candidates.count)
      allowed = filter?.intersection(others) ?? others
    }
    return Answer(
      query: query, basis: basis,
      recommendations: index.search(vector, k: k, filter: allowed).map {
        (candidate: candidates[$0.candidate], score: $0.score)
      })
  }

  private func numbers(of names: [String]) throws -> [Int] {
    try require(names)
    return names.compactMap { candidates.index(of: $0) }
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
