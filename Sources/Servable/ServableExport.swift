import Artifacts
import CandidateIndex
import Interactions
import Kernels
import Tables
import TwoTower

/// Gathers what a servable needs and publishes it, after a look at its own answers.
///
/// Made from files, tables of embeddings and the index are copied a buffer at a time, and memory holds names, catalog and
/// what was seen.
package struct ServableExport {
  package let recipe: Recipe
  private let vocabularies: Vocabularies
  private let queries: EmbeddingTable
  private let embeddings: EmbeddingTable
  let index: StoredIndex
  /// Where the index lies; nil where it is in memory.
  private let indexFile: ArtifactFile?
  private let catalog: CatalogTable
  private let history: (starts: [UInt64], candidates: [UInt32])
  private let fields: [FieldPostings]

  package enum Failure: Error, CustomStringConvertible {
    case otherCandidates(index: Int, model: Int)
    case wrongAnswer(query: String)

    package var description: String {
      switch self {
      case .otherCandidates(let index, let model):
        "the index has \(index) candidates and the model \(model); make the index from this model"
      case .wrongAnswer(let query):
        "the written servable answers \"\(query)\" differently from the model; nothing was published"
      }
    }
  }

  package init(model: Model, index: StoredIndex, catalog: Catalog, seen: Interactions) throws {
    try self.init(
      model.vocabularies, model.recipe, queries: .memory(model.queries), candidates: .memory(model.candidates),
      index: index, indexFile: nil, history: Self.history(of: seen, model.vocabularies),
      fields: FieldPostings.of(catalog, for: model.vocabularies.candidate),
      catalog: CatalogTable(key: catalog.key, schema: catalog.table.schema, source: .memory(catalog.table)))
  }

  /// - Parameters:
  ///   - model: as `train` made it.
  ///   - index: as `index` made it.
  ///   - catalog: as `ingest` made it.
  ///   - seen: what queries had in training.
  package init(model: ArtifactFile, index: ArtifactFile, catalog: ArtifactFile, seen: ArtifactFile) throws {
    let outline = try ModelOutline(model)
    func table(_ name: String, _ vocabulary: Vocabulary) throws -> EmbeddingTable {
      try EmbeddingTable(name, of: model, rows: vocabulary.rows, columns: outline.dimension)
    }
    // One after the other, so that memory holds either what was seen or the catalog.
    let history = try Self.history(of: Interactions(seen), outline.vocabularies)
    let (key, schema, fields) = try Self.catalog(catalog, outline.vocabularies)
    try self.init(
      outline.vocabularies, naming(model.path) { try Recipe(model.header.schema["recipe"]) },
      queries: table("query_embeddings", outline.vocabularies.query),
      candidates: table("candidate_embeddings", outline.vocabularies.candidate), index: StoredIndex(index),
      indexFile: index, history: history, fields: fields,
      catalog: CatalogTable(key: key, schema: schema, source: .file(catalog)))
  }

  private static func catalog(
    _ file: ArtifactFile, _ known: Vocabularies
  ) throws -> (key: String, schema: JSON, fields: [FieldPostings]) {
    let catalog = try Catalog(file)
    return (catalog.key, catalog.table.schema, try FieldPostings.of(catalog, for: known.candidate))
  }

  private init(
    _ vocabularies: Vocabularies, _ recipe: Recipe, queries: EmbeddingTable, candidates: EmbeddingTable,
    index: StoredIndex, indexFile: ArtifactFile?, history: (starts: [UInt64], candidates: [UInt32]),
    fields: [FieldPostings], catalog: CatalogTable
  ) throws {
    guard index.count == vocabularies.candidate.values.count, index.dimension == candidates.columns else {
      throw Failure.otherCandidates(index: index.count, model: vocabularies.candidate.values.count)
    }
    self.vocabularies = vocabularies
    self.recipe = recipe
    self.queries = queries
    embeddings = candidates
    self.index = index
    self.indexFile = indexFile
    self.catalog = catalog
    self.history = history
    self.fields = fields
  }

  /// - Parameters:
  ///   - sample: a query whose recommendations are shown; the first known one if the model does not know it.
  ///   - facts: what the summary says beside what the servable itself tells.
  package func publish(to path: String, lineage: Lineage, sample: String, facts: [Summary.Item] = []) throws {
    let shown = vocabularies.query.row(of: sample) > 0 ? sample : vocabularies.query.values[0]
    let schema: JSON = [
      "index": .object(index.schema), "tables": [catalog.schema], "key": JSON(catalog.key),
      "columns": [
        "query": JSON(vocabularies.query.column), "candidate": JSON(vocabularies.candidate.column),
      ],
      "unknown_query": recipe.biasWeight == nil ? "the model's untrained row" : "popularity",
      "recipe": recipe.json, "fields": .array(fields.map(\.schema)),
    ]
    let writer = try ArtifactWriter(path: path, type: Servable.type, schema: schema)
    for (name, values) in [
      ("queries", vocabularies.query.values), ("candidates", vocabularies.candidate.values),
    ] {
      try writer.add("\(name)/offsets", values.offsets, codec: .raw)
      try writer.add("\(name)/bytes", values.bytes, codec: .raw)
    }
    if recipe.negativesByFrequency {
      try writer.add("candidates/counts", vocabularies.candidate.counts, codec: .raw)
    }
    try queries.write("query_embeddings", to: writer)
    if let indexFile {
      for section in indexFile.header.sections { try writer.copy(section.name, from: indexFile) }
    } else {
      try index.write(to: writer)
    }
    try writer.add("seen/starts", history.starts, codec: .raw)
    try writer.add("seen/candidates", history.candidates, codec: .raw)
    for (number, field) in fields.enumerated() { try field.write("fields/\(number)", to: writer) }
    try catalog.write(to: writer)
    // Opened and asked under a name of its own, before it has the one that it is found by.
    try writer.publish(lineage: lineage) { draft in
      var summary = try check(Servable(path: draft), shown)
      summary.items += facts
      return summary
    }
  }

  /// Distinct known candidates of each known query, in rising order.
  ///
  /// Where queries are candidates chosen before, what follows one in training is what it is asked for, and what
  /// somebody who chose it has seen is the query itself.
  private static func history(
    of seen: Interactions, _ known: Vocabularies
  ) throws -> (starts: [UInt64], candidates: [UInt32]) {
    guard known.query.column != seen.roles.previous else {
      return flat(known.query.values.array.map { known.candidate.row(of: $0) }.map { $0 > 0 ? [UInt32($0 - 1)] : [] })
    }
    let queries = known.query.rows(of: try seen.text(known.query.column))
    let candidates = known.candidate.rows(of: try seen.text(known.candidate.column))
    return grouped(queries, candidates, queryCount: known.query.values.count)
  }

  /// Distinct candidates of each query, rising; rows of 0 are passed over.
  private static func grouped(
    _ queries: [Int32], _ candidates: [Int32], queryCount: Int
  ) -> (starts: [UInt64], candidates: [UInt32]) {
    var places = [Int](repeating: 0, count: queryCount + 1)
    for (query, candidate) in zip(queries, candidates) where query > 0 && candidate > 0 { places[Int(query)] += 1 }
    for query in 0..<queryCount { places[query + 1] += places[query] }
    let bounds = places
    var all = [UInt32](repeating: 0, count: bounds[queryCount])
    for (query, candidate) in zip(queries, candidates) where query > 0 && candidate > 0 {
      all[places[Int(query) - 1]] = UInt32(candidate - 1)
      places[Int(query) - 1] += 1
    }
    var (starts, kept): ([UInt64], Int) = ([0], 0)
    for query in 0..<queryCount {
      let range = bounds[query]..<bounds[query + 1]
      all[range].sort()
      let first = kept
      for place in range where kept == first || all[kept - 1] != all[place] {
        all[kept] = all[place]
        kept += 1
      }
      starts.append(UInt64(kept))
    }
    all.removeLast(all.count - kept)
    return (starts, all)
  }

  private static func flat(_ lists: [[UInt32]]) -> (starts: [UInt64], candidates: [UInt32]) {
    var starts: [UInt64] = [0]
    var flat: [UInt32] = []
    for list in lists {
      flat += list
      starts.append(UInt64(flat.count))
    }
    return (starts, flat)
  }

  /// Replays queries through the written file against scores from the model's own tables.
  private func check(_ servable: Servable, _ shown: String) throws -> Summary {
    let values = vocabularies.query.values
    let probes = stride(from: 0, to: values.count, by: max(values.count / 16, 1)).map { values[$0] } + [shown, ""]
    let vectors = queries.gather(probes.map { vocabularies.query.row(of: $0) })
    let best = try embeddings.search(vectors, k: 10)
    var (found, asked) = (0, 0)
    for (row, query) in probes.enumerated() {
      let wanted = index.isExact ? best[row] : index.search(vectors.row(row), k: 10, filter: nil)
      let answer = try servable.recommend(query, k: 10)
      servable.file.releasePages()
      let same = zip(wanted, answer.recommendations).allSatisfy {
        vocabularies.candidate.values[$0.candidate] == $1.candidate && $0.score == $1.score
      }
      guard same, wanted.count == answer.recommendations.count else { throw Failure.wrongAnswer(query: query) }
      let candidates = Set(best[row].map(\.candidate))
      found += wanted.count { candidates.contains($0.candidate) }
      asked += candidates.count
    }
    let top = try servable.recommend(shown, k: 3)
    let recommendations = Summary.Item.list(
      title: "recommendations for \(vocabularies.query.column) \(shown)",
      items: top.recommendations.map { "\(decimals(Double($0.score), 4))  \($0.candidate)" })
    return Summary(
      [
        .fact("queries", "\(values.count)"), .fact("candidates", "\(servable.candidateCount)"),
        .fact(
          "checked",
          index.isExact
            ? "\(probes.count) queries give the model's own answers"
            : "\(probes.count) queries give the index's answers, \(found) of the model's own best \(asked) among them"),
        .fact("filters", fields.isEmpty ? "no fields" : fields.map(\.description).joined(separator: ", ")),
        recommendations,
      ], highlights: [recommendations])
  }
}

/// The catalog as it enters a servable: its table in memory, or its sections in a file.
private struct CatalogTable: Sendable {
  enum Source: Sendable {
    case memory(Table)
    case file(ArtifactFile)
  }

  let key: String
  let schema: JSON
  let source: Source

  func write(to writer: ArtifactWriter) throws {
    switch source {
    case .memory(let table): try table.write(to: writer)
    case .file(let file):
      for section in file.header.sections where section.name.hasPrefix("catalog/") {
        try writer.copy(section.name, from: file)
      }
    }
  }
}
