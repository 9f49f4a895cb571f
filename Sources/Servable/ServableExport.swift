import Artifacts
import CandidateIndex
import Interactions
import Kernels
import Tables
import TwoTower

/// Gathers what a servable needs and publishes it, after a look at its own answers.
package struct ServableExport {
  package let model: Model
  let index: StoredIndex
  let catalog: Catalog
  let seen: Interactions
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
    guard index.count == model.candidates.rows - 1, index.dimension == model.dimension else {
      throw Failure.otherCandidates(index: index.count, model: model.candidates.rows - 1)
    }
    self.model = model
    self.index = index
    self.catalog = catalog
    self.seen = seen
    fields = try FieldPostings.of(catalog, for: model.vocabularies.candidate)
  }

  /// - Parameters:
  ///   - sample: a query whose recommendations are shown; the first known one if the model does not know it.
  ///   - facts: what the summary says beside what the servable itself tells.
  package func publish(to path: String, lineage: Lineage, sample: String, facts: [Summary.Item] = []) throws {
    let shown = model.vocabularies.query.row(of: sample) > 0 ? sample : model.vocabularies.query.values[0]
    // Written beside its name first, opened and asked, then written under it.
    let draft = Files.temporarySibling(of: path)
    defer { Files.remove(draft) }
    try write(to: draft, lineage: lineage, summary: Summary())
    var summary = try check(Servable(path: draft), shown)
    summary.items += facts
    try write(to: path, lineage: lineage, summary: summary)
  }

  private func write(to path: String, lineage: Lineage, summary: Summary) throws {
    let schema: JSON = [
      "index": .object(index.schema), "tables": [catalog.table.schema], "key": JSON(catalog.key),
      "columns": [
        "query": JSON(model.vocabularies.query.column), "candidate": JSON(model.vocabularies.candidate.column),
      ],
      "unknown_query": model.recipe.biasWeight == nil ? "the model's untrained row" : "popularity",
      "recipe": model.recipe.json, "fields": .array(fields.map(\.schema)),
    ]
    let writer = try ArtifactWriter(path: path, type: Servable.type, schema: schema)
    for (name, values) in [
      ("queries", model.vocabularies.query.values), ("candidates", model.vocabularies.candidate.values),
    ] {
      try writer.add("\(name)/offsets", values.offsets, codec: .raw)
      try writer.add("\(name)/bytes", values.bytes, codec: .raw)
    }
    if model.recipe.negativesByFrequency {
      try writer.add("candidates/counts", model.vocabularies.candidate.counts, codec: .raw)
    }
    try writer.add(
      "query_embeddings", model.queries.values, shape: [model.queries.rows, model.dimension], codec: .raw)
    try index.write(to: writer)
    let (starts, candidates) = try history()
    try writer.add("seen/starts", starts, codec: .raw)
    try writer.add("seen/candidates", candidates, codec: .raw)
    for (number, field) in fields.enumerated() { try field.write("fields/\(number)", to: writer) }
    try catalog.table.write(to: writer)
    try writer.publish(lineage: lineage, summary: summary)
  }

  /// Distinct known candidates of each known query, in rising order.
  ///
  /// Where queries are candidates chosen before, what follows one in training is what it is asked for, and what
  /// somebody who chose it has seen is the query itself.
  private func history() throws -> (starts: [UInt64], candidates: [UInt32]) {
    let known = model.vocabularies
    guard known.query.column != seen.roles.previous else {
      return flat(known.query.values.array.map { known.candidate.row(of: $0) }.map { $0 > 0 ? [UInt32($0 - 1)] : [] })
    }
    let queries = model.vocabularies.query.rows(of: try seen.text(model.vocabularies.query.column))
    let candidates = model.vocabularies.candidate.rows(of: try seen.text(model.vocabularies.candidate.column))
    var lists = [[UInt32]](repeating: [], count: model.queries.rows - 1)
    for (query, candidate) in zip(queries, candidates) where query > 0 && candidate > 0 {
      lists[Int(query) - 1].append(UInt32(candidate - 1))
    }
    return flat(lists.map { Set($0).sorted() })
  }

  private func flat(_ lists: [[UInt32]]) -> (starts: [UInt64], candidates: [UInt32]) {
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
    let exact = ExactIndex(model.candidates, rows: 1..<model.candidates.rows)
    let values = model.vocabularies.query.values
    let probes = stride(from: 0, to: values.count, by: max(values.count / 16, 1)).map { values[$0] } + [shown, ""]
    var (found, asked) = (0, 0)
    for query in probes {
      let row = model.vocabularies.query.row(of: query)
      let wanted =
        index.isExact
        ? exact.search(model.queries.row(row), k: 10) : index.search(model.queries.row(row), k: 10, filter: nil)
      let answer = try servable.recommend(query, k: 10)
      let same = zip(wanted, answer.recommendations).allSatisfy {
        model.vocabularies.candidate.values[$0.candidate] == $1.candidate && $0.score == $1.score
      }
      guard same, wanted.count == answer.recommendations.count else { throw Failure.wrongAnswer(query: query) }
      let best = Set(exact.search(model.queries.row(row), k: 10).map(\.candidate))
      found += wanted.count { best.contains($0.candidate) }
      asked += best.count
    }
    let top = try servable.recommend(shown, k: 3)
    let recommendations = Summary.Item.list(
      title: "recommendations for \(model.vocabularies.query.column) \(shown)",
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
