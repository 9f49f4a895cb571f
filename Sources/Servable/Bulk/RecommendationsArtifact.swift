package import Artifacts
import CanonicalJSON
import DisplayText
import Tables

/// The artifact of many queries' lists: the names of queries and candidates, and concatenated lists of candidate numbers,
/// scores and, for a model with a rating head, predicted ratings.
///
/// Unsafe where an array's bytes are written as they lie.
package struct RecommendationsArtifact {
  package static let type = ArtifactType("recommendations", version: 1)
  private static let shown = (queries: 5, candidates: 3)

  private let bulk: BulkRecommender
  private let parts: [FinishedBlocks]

  /// - Parameter parts: of all queries, in their order.
  package init(_ bulk: BulkRecommender, _ parts: [FinishedBlocks]) { (self.bulk, self.parts) = (bulk, parts) }

  private var servable: Servable { bulk.servable }

  /// Writes and publishes the artifact, in memory for one block.
  ///
  /// - Returns: what its summary begins with, a line for each fact.
  @discardableResult
  package func publish(to path: String) throws -> [String] {
    let writer = try ArtifactWriter(path: path, type: Self.type, schema: schema)
    try writeNames(to: writer)
    var counts = ListCounts(
      queries: bulk.queries.count, candidates: servable.candidateCount, k: bulk.request.k)
    try unsafe writer.add("lists/starts", type: .u64, shape: [bulk.queries.count + 1], codec: .raw) { put in
      try unsafe [UInt64(0)].withUnsafeBytes { try unsafe put($0) }
      var total = 0
      try forEachBlock { block in
        counts.add(block)
        let starts = block.lengths.map { length in
          total += Int(length)
          return UInt64(total)
        }
        try unsafe starts.withUnsafeBytes { try unsafe put($0) }
      }
    }
    let shape = [counts.recommendations]
    try unsafe writer.add("lists/candidates", type: .u32, shape: shape, codec: .raw) { put in
      try forEachBlock { try unsafe $0.candidates.withUnsafeBytes { try unsafe put($0) } }
    }
    try unsafe writer.add("lists/scores", type: .f32, shape: shape, codec: .raw) { put in
      try forEachBlock { try unsafe $0.scores.withUnsafeBytes { try unsafe put($0) } }
    }
    if bulk.hasRatings { try writeRatings(shape: shape, to: writer) }
    let facts = counts.facts(unknown: bulk.queries.unknown) { servable.title(of: servable.candidates[$0]).printable }
    try writer.publish(lineage: bulk.lineage, summary: summary(facts))
    return Self.lines(facts)
  }

  private static func lines(_ facts: [(name: String, value: String)]) -> [String] {
    facts.map { "\($0.name): \($0.value)" }
  }

  private func forEachBlock(_ body: (RecommendationBlock) throws -> Void) throws {
    for part in parts { for block in 0..<part.count { try body(part.read(block)) } }
  }

  private var schema: JSON {
    let facts = servable.facts
    let tables = [
      ("queries", facts.queryColumn, bulk.queries.count),
      ("candidates", facts.candidateColumn, servable.candidateCount),
    ]
    var columns: [String: JSON] = ["query": JSON(facts.queryColumn), "candidate": JSON(facts.candidateColumn)]
    if let rating = servable.ratingColumn { columns["rating"] = JSON(rating) }
    return [
      "tables": .array(
        tables.map { name, column, rows in
          ["name": JSON(name), "rows": JSON(rows), "columns": [["name": JSON(column), "kind": "text"]]]
        }),
      "columns": .object(columns),
    ]
  }

  private func writeNames(to writer: ArtifactWriter) throws {
    if let names = bulk.queries.names(in: servable) {
      let column = Column(servable.facts.queryColumn, .text(TextColumn(distinct: names)))
      try Table("queries", rows: names.count, columns: [column]).write(to: writer)
    } else {
      try servable.queries.writeColumn("queries/0", to: writer)
    }
    try servable.candidates.writeColumn("candidates/0", to: writer)
  }

  /// Writes the predicted ratings and, unless all queries have them, which do.
  private func writeRatings(shape: [Int], to writer: ArtifactWriter) throws {
    try unsafe writer.add("lists/ratings", type: .f32, shape: shape, codec: .raw) { put in
      try forEachBlock { try unsafe $0.ratings.withUnsafeBytes { try unsafe put($0) } }
    }
    let present = (0..<bulk.queries.count).map { UInt8(servable.isRated(bulk.queries[$0]) ? 1 : 0) }
    if present.contains(0) { try writer.add("lists/ratings/present", present) }
  }

  private func summary(_ facts: [(name: String, value: String)]) throws -> Summary {
    var items = facts.map { Summary.Item.fact($0.name, $0.value) }
    if let first = try parts.first(where: { $0.count > 0 })?.read(0) { items.append(firstLists(first)) }
    return Summary(items, highlights: [.list(title: "lists", items: Self.lines(facts))])
  }

  private func firstLists(_ first: RecommendationBlock) -> Summary.Item {
    let (facts, rating) = (servable.facts, servable.ratingColumn)
    var (rows, start) = ([[String]](), 0)
    for (number, length) in first.lengths.prefix(Self.shown.queries).enumerated() {
      let query = bulk.queries[number]
      for place in start..<start + min(Int(length), Self.shown.candidates) {
        var row = [
          servable.queries[query].printable, servable.candidates[Int(first.candidates[place])].printable,
          decimals(Double(first.scores[place]), 4),
        ]
        if bulk.hasRatings { row.append(servable.isRated(query) ? decimals(Double(first.ratings[place]), 2) : "") }
        rows.append(row)
      }
      start += Int(length)
    }
    return .table(
      title: "the first",
      columns: [facts.queryColumn, facts.candidateColumn, "score"] + (rating.map { ["predicted \($0)"] } ?? []),
      rows: rows)
  }
}
