package import Artifacts
import BasicAlgorithms
public import CandidateIndex
import CanonicalJSON
import Kernels
import SystemFiles
import Tables
import TwoTower

/// A model ready to answer: raw query id in, candidates and scores out. One mapped file, opened in microseconds,
/// immutable, safe from any number of threads.
public struct Servable: Sendable {
  package static let type = ArtifactType("servable", version: 3)

  let file: ArtifactFile
  let queries: MappedStrings
  let candidates: MappedStrings
  let index: any NearestNeighbourIndex
  let seen: SeenItems
  /// Places of queries whose vector was made of what they chose, rising.
  private let folded: [UInt32]
  let fields: CatalogFields
  /// The field with candidates' names for people; nil where their keys are names, or the catalog has none.
  let nameField: CatalogField?
  let embeddings: MappedRows
  let recipe: Recipe
  private let foldIn = BuiltOnce<FoldIn>()
  /// Of each candidate's embedding, without a bias: what a score is multiplied with to become a cosine.
  let inverseLengths = BuiltOnce<AlignedFloats>()

  /// - Parameter loaded: `true` if the file is read into memory, in pages of 2 MiB where the system has them, rather than
  ///   mapped: opening takes as long as reading it, and nothing is read from the disk afterwards.
  /// - Throws: one line that names the file, if it is not a servable that this build reads.
  public init(path: String, loaded: Bool = false) throws {
    file = try ArtifactFile(path: path, type: Self.type, loaded: loaded)
    queries = try MappedStrings("queries", in: file)
    candidates = try MappedStrings("candidates", in: file)
    index = try IndexFile.open(file, schema: file.header.schema["index"])
    seen = try SeenItems(file, queries: queries.count)
    embeddings = try MappedRows(
      "query_embeddings", in: file, rows: EmbeddingRow.count(vocabulary: queries.count), columns: index.dimension)
    folded = try file.section("queries/folded") == nil ? [] : file.read("queries/folded", shape: [-1])
    fields = try CatalogFields(file, candidateCount: candidates.count)
    let header = file.header.schema
    nameField = header["candidate_name"]?.string.flatMap { [fields] in fields[$0] }
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
    if excludeSeen, let place { banned.formUnion(seen[place].map { Int($0) }) }
    return answer(
      query, embeddings[row(of: place)], k: k, banned: banned, filter: filter, basis: basis(of: place))
  }

  /// The row of a query's vector in `embeddings`.
  ///
  /// - Parameter place: the place of a known query; `nil` for unknown ones, which share a row.
  func row(of place: Int?) -> Int { Int(EmbeddingRow(place.map { QueryNumber($0) }).index) }

  /// - Parameter place: the place of a known query.
  func basis(of place: Int?) -> Basis {
    guard let place else { return recipe.biasWeight == nil ? .untrained : .popularity }
    return isFolded(UInt32(place)) ? .history : .known
  }

  private func isFolded(_ place: UInt32) -> Bool {
    let position = folded.indices.partitioningIndex { folded[$0] >= place }
    return position < folded.count && folded[position] == place
  }

  /// The best `k` candidates for somebody of whom nothing is known but a history; what is in it is not recommended.
  ///
  /// The first of these costs a copy of the candidates' vectors, which is kept.
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
    return answer(
      name, try vector(of: chosen), k: k, banned: Set(try numbers(of: excluded) + chosen), filter: filter,
      basis: .history)
  }

  /// - Parameter history: distinct candidates, at least one.
  func vector(of history: [Int]) throws -> [Float] {
    try histories().vectors(for: [history.map { CandidateNumber($0) }], threads: 1).row(0)
  }

  func histories() throws -> FoldIn {
    try foldIn.value {
      FoldIn(
        candidateTable: index.matrix(after: Int(EmbeddingRow.firstKnown.index)), recipe: recipe, counts: try counts())
    }
  }

  /// Interactions of each candidate; empty where folding in needs none.
  private func counts() throws -> [Int64] {
    guard recipe.method.foldInNeedsCounts, file.section("candidates/counts") != nil else { return [] }
    return try file.read("candidates/counts", shape: [candidates.count])
  }

  private func answer(
    _ query: String, _ vector: [Float], k: Int, banned: Set<Int>, filter: CandidateFilter?, basis: Basis
  ) -> Answer {
    Answer(
      query: query, basis: basis,
      recommendations: index.search(vector, k: k, filter: narrowed(filter, by: Array(banned))).map {
        (candidate: candidates[$0.candidate], score: $0.score)
      })
  }

  func numbers(of names: [String]) throws -> [Int] { try names.map { try number(of: $0) } }

  /// The candidate's number in the index.
  ///
  /// - Throws: `Refusal.unknownCandidate`, after a walk along the names for one that is near.
  func number(of candidate: String) throws -> Int {
    if let number = candidates.index(of: candidate) { return number }
    // People leave out the year.
    let like = candidates.nearest(to: candidate) ?? candidates.first(beginning: candidate)
    throw Refusal.unknownCandidate(candidate, like: like)
  }

  /// - Throws: `Refusal` for the first name that no candidate has.
  public func require(_ names: [String]) throws { _ = try numbers(of: names) }
}
