package import Artifacts
package import CandidateIndex
import CanonicalJSON
import DisplayText
import Features
package import Interactions
import Kernels
import SystemFiles
import Tables
package import TwoTower

/// Exports a servable: gathers its parts, and publishes it after checking its answers.
///
/// From files, embeddings and the index are copied a buffer at a time; memory holds names, catalog and seen items.
package struct ServableExport {
  package let recipe: Recipe
  private let vocabularies: Vocabularies
  private let queries: KnownQueries
  private let historyTables: [Matrix]
  /// The features of the query tower, if it has some.
  private let features: [TowerSide: FeatureVectors]
  /// The model's rating head, if it has one.
  private let rating: RatingHead?
  /// The query tower in contexts without the inputs of queries, if it reads such.
  private let context: ContextVectors?
  /// The vectors of new candidates as sums over their features, if there are such.
  private let newCandidates: CandidatesByFeatures?
  private let embeddings: EmbeddingTable
  let index: any NearestNeighbourIndex
  /// The index's file; `nil` if the index is in memory.
  private let indexFile: ArtifactFile?
  /// The catalog's column with names for people.
  private let nameColumn: String?
  private let fields: [FieldPostings]

  package init(
    model: Model, index: any NearestNeighbourIndex, catalog: Catalog, seen: Interactions, users: Catalog? = nil,
    threads: Int = 1
  ) throws {
    let candidates = EmbeddingTable.memory(model.candidates)
    let column = model.vocabularies.query.column
    let described = try QueriesByFeatures(model).flatMap { towers in
      try users.map { try DescribedUsers($0, column: column, towers) }
    }
    try self.init(
      model.vocabularies, model.recipe,
      queries: KnownQueries(
        model.vocabularies, model.recipe, queries: .memory(model.queries), candidates: candidates,
        historyTables: model.historyTables,
        context: model.context.flatMap { context in
          ContextualQueries(model).map { (inputs: .memory(context.inputs), towers: $0) }
        }, seen: seen, users: described, threads: threads, say: { _ in }, progress: { _, _ in }),
      candidates: candidates, historyTables: model.historyTables, features: model.features, rating: model.rating,
      context: model.context.map { $0.with(Matrix(rows: 0, columns: $0.inputs.columns)) },
      newCandidates: model.candidatesByFeatures, index: index, indexFile: nil,
      fields: FieldPostings.of(catalog, for: model.vocabularies.candidate),
      nameColumn: catalog.nameColumn)
  }

  /// - Parameters:
  ///   - model: a model of `train` or `ensemble`.
  ///   - index: an index of the model's candidates.
  ///   - catalog: the candidates of `ingest`.
  ///   - seen: interactions of queries, in training or not.
  ///   - users: describes queries, for a model whose query tower has features.
  ///   - say: logs a line about work that may take long.
  ///   - progress: called with the number of folded-in queries and their total.
  package init(
    model: ArtifactFile, index: ArtifactFile, catalog: ArtifactFile, seen: ArtifactFile, users: ArtifactFile? = nil,
    threads: Int = 1, say: (String) -> Void = { _ in }, progress: (_ done: Int, _ all: Int) -> Void = { _, _ in }
  ) throws {
    let outline = try ModelOutline(model)
    func table(_ name: String, _ vocabulary: Vocabulary) throws -> EmbeddingTable {
      try EmbeddingTable(name, of: model, rows: vocabulary.rows, columns: outline.dimension)
    }
    // One after the other, so that memory never holds both seen items and catalog.
    let recipe = try naming(model.path) { try Recipe(model.header.schema["recipe"]) }
    let candidates = try table("candidate_embeddings", outline.vocabularies.candidate)
    // Models that read histories in order are read whole.
    let historyTables = recipe.history.isEmpty ? [] : try Model(model).historyTables
    let features = try [TowerSide: FeatureVectors](model, dimension: recipe.ownDimension(of: outline.dimension))
    let context = try ContextVectors(
      model, rows: nil, dimension: recipe.ownDimension(of: outline.dimension))
    let described = try Self.described(users, features, candidates, recipe, outline.vocabularies)
    let queries = try KnownQueries(
      outline.vocabularies, recipe, queries: table("query_embeddings", outline.vocabularies.query),
      candidates: candidates, historyTables: historyTables,
      context: context.map { context in
        (
          inputs: try EmbeddingTable(
            ContextVectors.inputsSection, of: model, rows: outline.vocabularies.query.rows,
            columns: context.inputs.columns),
          towers: ContextualQueries(
            context, features: features[.query],
            candidateTable: candidates.gather(Array(0..<outline.vocabularies.candidate.rows)), recipe: recipe)
        )
      }, seen: Interactions(seen), users: described, threads: threads, say: say, progress: progress)
    let (nameColumn, fields) = try Self.fields(catalog, outline.vocabularies)
    try self.init(
      outline.vocabularies, recipe, queries: queries, candidates: candidates, historyTables: historyTables,
      features: features, rating: RatingHead(model, dimension: recipe.ownDimension(of: outline.dimension)),
      context: context,
      newCandidates: CandidatesByFeatures(
        model, candidateCount: outline.vocabularies.candidate.values.count,
        dimension: recipe.ownDimension(of: outline.dimension)),
      index: IndexFile.open(index), indexFile: index, fields: fields, nameColumn: nameColumn)
  }

  /// The users of a table by their features.
  ///
  /// - Throws: `ServableError.readsNoFeatures` for users that the model has no use for.
  private static func described(
    _ users: ArtifactFile?, _ features: [TowerSide: FeatureVectors], _ candidates: EmbeddingTable, _ recipe: Recipe,
    _ vocabularies: Vocabularies
  ) throws -> DescribedUsers? {
    guard let users else { return nil }
    guard let tower = features[.query] else { throw ServableError.readsNoFeatures }
    let towers = QueriesByFeatures(
      tower, candidateTable: candidates.gather(Array(0..<vocabularies.candidate.rows)), recipe: recipe)
    return try DescribedUsers(Catalog(users), column: vocabularies.query.column, towers)
  }

  private static func fields(
    _ file: ArtifactFile, _ known: Vocabularies
  ) throws -> (nameColumn: String?, [FieldPostings]) {
    let catalog = try Catalog(file)
    return (catalog.nameColumn, try FieldPostings.of(catalog, for: known.candidate))
  }

  private init(
    _ vocabularies: Vocabularies, _ recipe: Recipe, queries: KnownQueries, candidates: EmbeddingTable,
    historyTables: [Matrix], features: [TowerSide: FeatureVectors], rating: RatingHead?, context: ContextVectors?,
    newCandidates: CandidatesByFeatures?, index: any NearestNeighbourIndex, indexFile: ArtifactFile?,
    fields: [FieldPostings], nameColumn: String?
  ) throws {
    try index.require(candidates: vocabularies.candidate.values.count, dimension: candidates.columns)
    self.vocabularies = vocabularies
    self.recipe = recipe
    self.queries = queries
    self.historyTables = historyTables
    self.features = features.filter { $0.key == .query }
    self.rating = rating
    self.context = context
    self.newCandidates = newCandidates
    embeddings = candidates
    self.index = index
    self.indexFile = indexFile
    self.nameColumn = nameColumn
    self.fields = fields
  }

  /// Writes and checks the servable, and publishes it at `path`.
  ///
  /// - Parameters:
  ///   - sample: a query whose recommendations the summary shows; the first known one if the model does not know it.
  ///   - facts: further facts of the summary.
  /// - Throws: `ServableError.wrongAnswer` if the written servable and the model disagree.
  package func publish(to path: String, lineage: Lineage, sample: String, facts: [Summary.Item] = []) throws {
    let shown = queries.names.sortedIndex(of: sample) != nil ? sample : queries.names[0]
    var schema: [String: JSON] = [
      "index": .object(index.schema),
      "columns": [
        "query": JSON(vocabularies.query.column), "candidate": JSON(vocabularies.candidate.column),
      ],
      "unknown_query": recipe.biasWeight == nil ? "the model's untrained row" : "popularity",
      "recipe": recipe.json, "fields": .array(fields.map(\.schema)),
    ]
    features.describe(in: &schema, context: context)
    rating?.describe(in: &schema)
    newCandidates?.describe(in: &schema)
    if let name = nameColumn, name != vocabularies.candidate.column { schema["candidate_name"] = JSON(name) }
    let writer = try ArtifactWriter(path: path, type: Servable.type, schema: .object(schema))
    for (name, values) in [
      ("queries", queries.names), ("candidates", vocabularies.candidate.values),
    ] {
      try writer.add("\(name)/offsets", values.offsets, codec: .raw)
      try writer.add("\(name)/bytes", values.bytes, codec: .raw)
    }
    if recipe.method.foldInNeedsCounts {
      try writer.add("candidates/counts", vocabularies.candidate.counts, codec: .raw)
    }
    try queries.table.write("query_embeddings", to: writer)
    for (number, table) in historyTables.enumerated() {
      try writer.add(
        Servable.historySection(number), table.values, shape: [table.rows, table.columns], codec: .raw)
    }
    for (section, places) in [("queries/folded", queries.folded), ("queries/described", queries.described)]
    where !places.isEmpty { try writer.add(section, places, codec: .raw) }
    try features.write(to: writer, context: context)
    try queries.contextInputs?.write(ContextVectors.inputsSection, to: writer)
    try rating?.write(to: writer)
    try newCandidates?.write(to: writer)
    if let indexFile {
      for section in indexFile.header.sections { try writer.copy(section.name, from: indexFile) }
    } else {
      try index.write(to: writer)
    }
    for (name, lists) in [(CandidateLists.seen, queries.history), (CandidateLists.history, queries.inOrder)] {
      guard let lists else { continue }
      try writer.add(CandidateLists.startsSection(name), lists.starts, codec: .raw)
      try writer.add(CandidateLists.candidatesSection(name), lists.candidates, codec: .raw)
    }
    for (number, field) in fields.enumerated() { try field.write("fields/\(number)", to: writer) }
    // Opened and searched under a temporary name before it is published.
    try writer.publish(lineage: lineage) { draft in
      var summary = try check(Servable(path: draft), shown)
      summary.items += facts
      return summary
    }
  }

  private var featureFacts: [Summary.Item] {
    [("features of unknown queries", features[.query]?.features), ("features of the context", context?.features)]
      .compactMap { name, set in
        set.map { .fact(name, $0.features.map(\.declaration.text).joined(separator: "; ")) }
      }
  }

  private var newCandidateFacts: [Summary.Item] {
    newCandidates.map { [.fact("new candidates", "\($0.candidates.count), whose scores are explained by feature")] }
      ?? []
  }

  private var ratingFacts: [Summary.Item] {
    rating.map { [.fact("predicts", "\($0.column), of queries that training had pairs of")] } ?? []
  }

  /// Compares answers of the written file with scores from the model's own tables.
  private func check(_ servable: Servable, _ shown: String) throws -> Summary {
    let values = queries.names
    let probes = stride(from: 0, to: values.count, by: max(values.count / 16, 1)).map { values[$0] } + [shown, ""]
    let vectors = queries.table.gather(
      probes.map { probe in Int(EmbeddingRow(values.sortedIndex(of: probe).map { QueryNumber($0) }).index) })
    let best = try embeddings.search(vectors, k: 10)
    var (found, asked) = (0, 0)
    for (row, query) in probes.enumerated() {
      let wanted = index.isExact ? best[row] : index.search(vectors.row(row), k: 10, filter: nil)
      let answer = try servable.recommend(query, k: 10)
      servable.file.releasePages()
      let same = zip(wanted, answer.recommendations).allSatisfy {
        vocabularies.candidate.values[$0.candidate] == $1.candidate && $0.score == $1.score
      }
      guard same, wanted.count == answer.recommendations.count else { throw ServableError.wrongAnswer(query: query) }
      let candidates = Set(best[row].map(\.candidate))
      found += wanted.count { candidates.contains($0.candidate) }
      asked += candidates.count
    }
    let top = try servable.recommend(shown, k: 3)
    let recommendations = Summary.Item.list(
      title: "recommendations for \(vocabularies.query.column) \(shown)",
      items: top.recommendations.map { "\(decimals(Double($0.score), 4))  \(servable.title(of: $0.candidate))" })
    return Summary(
      [
        .fact(
          "queries",
          "\(values.count)"
            + (queries.folded.isEmpty
              ? "" : ", \(queries.folded.count) of them without training pairs and folded in from what they chose")
            + (queries.described.isEmpty
              ? "" : ", \(queries.described.count) of them without interactions and answered by their features")),
        .fact("candidates", "\(servable.candidateCount)"),
        .fact(
          "checked",
          index.isExact
            ? "\(probes.count) queries give the model's own answers"
            : "\(probes.count) queries give the index's answers, \(found) of the model's own best \(asked) among them"),
        .fact("filters", fields.isEmpty ? "no fields" : fields.map(\.description).joined(separator: ", ")),
      ] + featureFacts + newCandidateFacts + ratingFacts + [recommendations], highlights: [recommendations])
  }
}
