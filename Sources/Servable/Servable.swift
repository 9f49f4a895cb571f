package import Artifacts
import BasicAlgorithms
public import CandidateIndex
import CanonicalJSON
import Kernels
import SystemFiles
import Tables
import TwoTower

/// A model ready to serve: raw query ids in, candidates and scores out. It is one mapped file, opened in microseconds,
/// immutable, and safe to use from any number of threads.
public struct Servable: Sendable {
  package static let type = ArtifactType("servable", version: 3)

  let file: ArtifactFile
  let queries: MappedStrings
  let candidates: MappedStrings
  let index: any NearestNeighbourIndex
  let seen: CandidateLists
  /// The choices of each query in their order, where vectors are made of that; `nil` where they are not, and in servables that
  /// earlier builds wrote.
  let chosenInOrder: CandidateLists?
  /// The sorted numbers of queries whose vectors were folded in from their histories.
  private let folded: [UInt32]
  /// The sorted numbers of queries whose vectors are those of their features.
  private let described: [UInt32]
  let fields: CatalogFields
  /// The field with candidates' names for people; `nil` if keys are names, or if the catalog has no names.
  let nameField: CatalogField?
  let embeddings: MappedRows
  /// The vectors or inputs that contexts are added to, a row for each of `embeddings`; `nil` where the query tower reads none.
  let contextInputs: MappedRows?
  /// The tables by which histories are read, where they are read in their order.
  private let historyTables: [MappedRows]
  let recipe: Recipe
  private let foldIn = BuiltOnce<FoldIn>()
  let byFeatures = BuiltOnce<QueriesByFeatures?>()
  let ratingHeadOnce = BuiltOnce<RatingHead?>()
  let inContext = BuiltOnce<ContextualQueries?>()
  let newCandidates = BuiltOnce<CandidatesByFeatures?>()
  /// The reciprocal norm of each candidate's embedding without a bias, which turns a score into a cosine.
  let inverseLengths = BuiltOnce<AlignedFloats>()

  /// Opens a servable.
  ///
  /// - Parameter loaded: `true` if the file is read into memory, in pages of 2 MiB where the system has them, rather
  ///   than mapped: opening takes as long as reading it, and nothing is read from the disk afterwards.
  /// - Throws: an error whose one line names the file, if it is not a servable that this build reads.
  public init(path: String, loaded: Bool = false) throws {
    file = try ArtifactFile(path: path, type: Self.type, loaded: loaded)
    queries = try MappedStrings("queries", in: file)
    candidates = try MappedStrings("candidates", in: file)
    index = try IndexFile.open(file, schema: file.header.schema["index"])
    seen = try CandidateLists(CandidateLists.seen, in: file, queries: queries.count)
    chosenInOrder =
      try file.section(CandidateLists.startsSection(CandidateLists.history)) == nil
      ? nil : CandidateLists(CandidateLists.history, in: file, queries: queries.count)
    embeddings = try MappedRows(
      "query_embeddings", in: file, rows: EmbeddingRow.count(vocabulary: queries.count), columns: index.dimension)
    contextInputs =
      try ContextVectors.are(in: file)
      ? MappedRows(
        ContextVectors.inputsSection, in: file, rows: EmbeddingRow.count(vocabulary: queries.count),
        columns: file.section(ContextVectors.inputsSection)?.shape.last ?? 0)
      : nil
    folded = try Self.places("queries/folded", in: file)
    described = try Self.places("queries/described", in: file)
    fields = try CatalogFields(file, candidateCount: candidates.count)
    let header = file.header.schema
    nameField = header["candidate_name"]?.string.flatMap { [fields] in fields[$0] }
    let recipe = try naming(path) { try Recipe(header["recipe"]) }
    self.recipe = recipe
    historyTables = try recipe.history.indices.map { [file, candidates, index] number in
      try MappedRows(
        Self.historySection(number), in: file, rows: EmbeddingRow.count(vocabulary: candidates.count),
        columns: recipe.ownDimension(of: index.dimension))
    }
    guard index.count == candidates.count else {
      throw FileError(
        path,
        ArtifactError.malformed(part: "the index", reason: .candidateCount(index.count, expected: candidates.count)))
    }
  }

  private static func places(_ section: String, in file: ArtifactFile) throws -> [UInt32] {
    try file.section(section) == nil ? [] : file.read(section, shape: [-1])
  }

  static func historySection(_ bag: Int) -> String { "history_embeddings/\(bag)" }

  /// The recommendations for one query.
  public struct Answer: Sendable {
    public let query: String
    public let basis: Basis
    public let recommendations: [(candidate: String, score: Float)]
  }

  /// The source of the vector that an answer was searched with.
  public enum Basis: String, Sendable, CaseIterable {
    /// The query's own vector.
    case known
    /// A vector folded in from the query's history.
    case history
    /// The features of the query, which training did not have.
    case features
    /// The candidates' popularity: the query is unknown.
    case popularity
    /// The untrained out-of-vocabulary row: the query is unknown.
    case untrained
  }

  public var candidateCount: Int { candidates.count }

  /// The names of the catalog's fields, on which a `FieldFilter` can have conditions.
  public var fieldNames: [String] { fields.names }

  /// Returns the candidates that meet all of `filter`, for any number of searches.
  ///
  /// - Throws: `ServableError` for the first condition on a field, or a text, that the catalog does not have.
  public func candidates(allowedBy filter: FieldFilter) throws(ServableError) -> CandidateFilter {
    try fields.candidates(allowedBy: filter)
  }

  /// Returns the best `k` candidates for a raw query id.
  ///
  /// - Parameters:
  ///   - excludeSeen: `true` if candidates that the query had in training are left out.
  ///   - excluded: candidates to leave out, by key.
  ///   - filter: the candidates that may be recommended; all if `nil`.
  public func recommend(
    _ query: String, k: Int, excludeSeen: Bool = false, excluding excluded: [String] = [],
    filter: CandidateFilter? = nil
  ) throws(ServableError) -> Answer {
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
    if Self.has(UInt32(place), in: folded) { return .history }
    return Self.has(UInt32(place), in: described) ? .features : .known
  }

  private static func has(_ place: UInt32, in sorted: [UInt32]) -> Bool {
    let position = sorted.indices.partitioningIndex { sorted[$0] >= place }
    return position < sorted.count && sorted[position] == place
  }

  /// Returns the best `k` candidates for an unknown user with a history; candidates of the history are left out.
  ///
  /// The first call costs a copy of the candidates' vectors, which is kept.
  ///
  /// - Parameters:
  ///   - name: the query's name in the answer.
  ///   - history: candidates by key, the newest last; order counts for models that read it.
  ///   - filter: the candidates that may be recommended; all if `nil`.
  public func recommend(
    _ name: String, history: [String], k: Int, excluding excluded: [String] = [], filter: CandidateFilter? = nil
  ) throws -> Answer {
    let chosen = try numbers(of: history)
    guard !chosen.isEmpty else { throw ServableError.emptyHistory }
    return answer(
      name, try vector(of: chosen), k: k, banned: Set(try numbers(of: excluded) + chosen), filter: filter,
      basis: .history)
  }

  /// - Parameter history: candidates in their order, at least one.
  func vector(of history: [Int]) throws -> [Float] {
    try histories().vectors(for: [history.map { CandidateNumber($0) }], threads: 1).row(0)
  }

  func histories() throws -> FoldIn {
    try foldIn.value {
      FoldIn(
        candidateTable: index.matrix(after: Int(EmbeddingRow.firstKnown.index)), recipe: recipe, counts: try counts(),
        historyTables: historyTables.map(\.matrix))
    }
  }

  /// Returns the number of interactions of each candidate; empty if folding in does not need them.
  private func counts() throws -> [Int64] {
    guard recipe.method.foldInNeedsCounts, file.section("candidates/counts") != nil else { return [] }
    return try file.read("candidates/counts", shape: [candidates.count])
  }

  func answer(
    _ query: String, _ vector: [Float], k: Int, banned: Set<Int>, filter: CandidateFilter?, basis: Basis
  ) -> Answer {
    Answer(
      query: query, basis: basis,
      recommendations: index.search(vector, k: k, filter: narrowed(filter, by: Array(banned))).map {
        (candidate: candidates[$0.candidate], score: $0.score)
      })
  }

  func numbers(of names: [String]) throws(ServableError) -> [Int] {
    try names.map { name throws(ServableError) in try number(of: name) }
  }

  /// Returns the candidate's number in the index.
  ///
  /// - Throws: `ServableError.unknownCandidate`, after a scan of all keys for a similar one.
  func number(of candidate: String) throws(ServableError) -> Int {
    if let number = candidates.index(of: candidate) { return number }
    // People leave out the year.
    let like = candidates.nearest(to: candidate) ?? candidates.first(beginning: candidate)
    throw .unknownCandidate(candidate, like: like)
  }

  /// Checks that every name is a candidate's key.
  ///
  /// - Throws: `ServableError.unknownCandidate` for the first that is not.
  public func require(_ names: [String]) throws(ServableError) { _ = try numbers(of: names) }
}
