package import Artifacts
package import CanonicalJSON
package import Interactions
package import Kernels
import SystemFiles
import Tables

/// Two towers, each a table of embeddings over a vocabulary: the score of a pair is the dot product of its rows.
package struct Model: Sendable {
  package static let type = ArtifactType("model", version: 1)

  package let vocabularies: Vocabularies
  /// One row for each query, and row 0 for unknown queries.
  package let queries: Matrix
  /// One row for each candidate, and row 0 for unknown candidates.
  package let candidates: Matrix

  /// A table for each bag of the recipe's history, where training made such: one row for each candidate, and row 0 for
  /// unknown candidates.
  package let ownHistoryTables: [Matrix]

  package var recipe: Recipe

  /// The features of the towers that have some, by which a query or a candidate that training never saw has a vector.
  package var features: [TowerSide: FeatureVectors] = [:]

  /// The rating head that was trained beside retrieval, if there was one.
  package var rating: RatingHead?

  /// The query tower in contexts, where it was trained with such; `queries` has the vectors of a missing context.
  package var context: ContextVectors?

  /// The vectors of candidates that training never saw as sums over their features, where a cold start gave them such.
  package var candidatesByFeatures: CandidatesByFeatures?

  package var dimension: Int { queries.columns }

  /// The dimension of a vector without the bias.
  package var ownDimension: Int { recipe.ownDimension(of: dimension) }

  package init(
    vocabularies: Vocabularies, queries: Matrix, candidates: Matrix, historyTables: [Matrix] = [],
    recipe: Recipe = Recipe()
  ) {
    precondition(queries.rows == vocabularies.query.rows && candidates.rows == vocabularies.candidate.rows)
    precondition(queries.columns == candidates.columns, "towers of \(queries.columns) and \(candidates.columns)")
    self.vocabularies = vocabularies
    self.queries = queries
    self.candidates = candidates
    ownHistoryTables = historyTables
    self.recipe = recipe
  }

  /// The distribution that the first embeddings are drawn from.
  package enum Initialisation: Sendable {
    /// Draws evenly from ±0.05, as Keras' `Embedding` does.
    case uniform
    /// Draws from a normal distribution with a standard deviation of 0.1 / √dimension (Rendle et al., 2021).
    case normal
  }

  package init(
    initialising vocabularies: Vocabularies, dimension: Int, seed: UInt64,
    from initialisation: Initialisation = .uniform
  ) {
    func table(_ rows: Int, _ stream: String) -> Matrix {
      .initialEmbeddings(rows, dimension, seed: seed, stream: stream, from: initialisation)
    }
    self.init(
      vocabularies: vocabularies, queries: table(vocabularies.query.rows, "query embeddings"),
      candidates: table(vocabularies.candidate.rows, "candidate embeddings"))
  }

  /// - Parameters:
  ///   - trained: the model that this one has more candidates than, if it is such; a verdict about that one, or about
  ///     the one that it is a refit of, counts for this one too.
  ///   - fields: further ones of the schema.
  package func publish(
    to path: String, lineage: Lineage, summary: Summary, extending trained: ArtifactFile? = nil,
    fields: [String: JSON] = [:]
  ) throws {
    var schema = vocabularies.schema.merging(fields) { $1 }
    if let trained {
      var digests: [String: JSON] = ["model": JSON(trained.digest.hexadecimal)]
      digests["recipe"] = (trained.header.lineage.inputs["recipe"]?.hexadecimal).map { JSON($0) }
      schema["extends"] = .object(digests)
    }
    schema["dimension"] = JSON(dimension)
    schema["recipe"] = recipe.json
    features.describe(in: &schema, context: context)
    rating?.describe(in: &schema)
    candidatesByFeatures?.describe(in: &schema)
    let writer = try ArtifactWriter(path: path, type: Self.type, schema: .object(schema))
    try vocabularies.write(to: writer)
    try writer.add("query_embeddings", queries.values, shape: [queries.rows, dimension], codec: .raw)
    try writer.add("candidate_embeddings", candidates.values, shape: [candidates.rows, dimension], codec: .raw)
    try features.write(to: writer, context: context)
    try rating?.write(to: writer)
    try candidatesByFeatures?.write(to: writer)
    for (number, table) in ownHistoryTables.enumerated() {
      try writer.add(
        Self.historySection(number), table.values, shape: [table.rows, table.columns], codec: .raw)
    }
    try writer.publish(lineage: lineage, summary: summary)
  }

  private static func historySection(_ bag: Int) -> String { "history_embeddings/\(bag)" }

  package init(_ file: ArtifactFile) throws {
    let outline = try ModelOutline(file)
    let (vocabularies, dimension) = (outline.vocabularies, outline.dimension)
    self = try naming(file.path) {
      let recipe = try Recipe(file.header.schema["recipe"])
      let ownDimension = recipe.ownDimension(of: dimension)
      let hasTables = recipe.method is NextItemRecipe
      var model = Model(
        vocabularies: vocabularies,
        queries: try Matrix(file, "query_embeddings", rows: vocabularies.query.rows, columns: dimension),
        candidates: try Matrix(file, "candidate_embeddings", rows: vocabularies.candidate.rows, columns: dimension),
        historyTables: try (hasTables ? recipe.history.indices : 0..<0).map {
          try Matrix(file, Self.historySection($0), rows: vocabularies.candidate.rows, columns: ownDimension)
        }, recipe: recipe)
      model.features = try [TowerSide: FeatureVectors](file, dimension: ownDimension)
      model.rating = try RatingHead(file, dimension: ownDimension)
      model.context = try ContextVectors(file, rows: vocabularies.query.rows, dimension: ownDimension)
      model.candidatesByFeatures = try CandidatesByFeatures(
        file, candidateCount: vocabularies.candidate.values.count, dimension: ownDimension)
      return model
    }
  }
}
