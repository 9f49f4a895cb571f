package import Artifacts
import CanonicalJSON
import DisplayText

/// The artifact of every query's list: the names of queries and candidates, and concatenated lists of candidate numbers
/// and scores.
///
/// Unsafe where an array's bytes are written as they lie.
package struct RecommendationsArtifact {
  package static let type = ArtifactType("recommendations", version: 1)
  private static let shown = (queries: 5, candidates: 3)

  let servable: Servable
  let blocks: FinishedBlocks
  let request: BulkRequest

  func publish(to path: String) throws {
    let facts = servable.facts
    let names = [
      ("queries", facts.queryColumn, servable.queries), ("candidates", facts.candidateColumn, servable.candidates),
    ]
    let schema: JSON = [
      "tables": .array(
        names.map { name, column, strings in
          ["name": JSON(name), "rows": JSON(strings.count), "columns": [["name": JSON(column), "kind": "text"]]]
        }),
      "columns": ["query": JSON(facts.queryColumn), "candidate": JSON(facts.candidateColumn)],
    ]
    let writer = try ArtifactWriter(path: path, type: Self.type, schema: schema)
    for (name, _, strings) in names { try strings.writeColumn("\(name)/0", to: writer) }
    var total = 0
    try unsafe writer.add("lists/starts", type: .u64, shape: [servable.queries.count + 1], codec: .raw) { put in
      try unsafe [UInt64(0)].withUnsafeBytes { try unsafe put($0) }
      for block in 0..<blocks.count {
        let starts = try blocks.read(block).lengths.map { length in
          total += Int(length)
          return UInt64(total)
        }
        try unsafe starts.withUnsafeBytes { try unsafe put($0) }
      }
    }
    try unsafe writer.add("lists/candidates", type: .u32, shape: [total], codec: .raw) { put in
      for block in 0..<blocks.count { try unsafe blocks.read(block).candidates.withUnsafeBytes { try unsafe put($0) } }
    }
    try unsafe writer.add("lists/scores", type: .f32, shape: [total], codec: .raw) { put in
      for block in 0..<blocks.count { try unsafe blocks.read(block).scores.withUnsafeBytes { try unsafe put($0) } }
    }
    try writer.publish(
      lineage: Lineage(
        stage: "recommend", stageVersion: 1, params: request.params, inputs: ["servable": servable.file.digest]),
      summary: try summary(total))
  }

  private func summary(_ total: Int) throws -> Summary {
    var items: [Summary.Item] = [
      .fact("queries", "\(servable.queries.count)"), .fact("candidates", "\(servable.candidates.count)"),
      .fact("recommendations", "\(total)"),
    ]
    guard blocks.count > 0 else { return Summary(items) }
    let (first, facts) = (try blocks.read(0), servable.facts)
    var (rows, start) = ([[String]](), 0)
    for (query, length) in first.lengths.prefix(Self.shown.queries).enumerated() {
      for place in start..<start + min(Int(length), Self.shown.candidates) {
        rows.append([
          servable.queries[query].printable, servable.candidates[Int(first.candidates[place])].printable,
          decimals(Double(first.scores[place]), 4),
        ])
      }
      start += Int(length)
    }
    items.append(
      .table(title: "the first", columns: [facts.queryColumn, facts.candidateColumn, "score"], rows: rows))
    return Summary(items)
  }
}
