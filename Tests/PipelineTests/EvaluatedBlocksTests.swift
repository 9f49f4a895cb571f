import Foundation
import Testing

/// Blocks of test queries, each judged by a process of its own, by the released programs.
@Suite("An evaluation in blocks", .serialized)
struct EvaluatedBlocksTests {
  private func pipeline(_ blocks: String) -> String {
    """
    sources:
      orders: { path: orders.csv }
    stages:
      ingest:
        inputs: { source: sources.orders }
        params: { format: delimited, query: who, candidate: what, timestamp: when }
      vocab:
        inputs: { interactions: ingest.interactions }
      split:
        inputs: { interactions: ingest.interactions }
        params: { by: time, test: 400 }
      train:
        inputs: { train: split.train, vocabularies: vocab.vocabularies }
        params: { objective: ials, dimension: 8, epochs: 2 }
      other:
        program: train
        inputs: { train: split.train, vocabularies: vocab.vocabularies }
        params: { dimension: 8, epochs: 1 }
      index:
        inputs: { model: train.model }
        params: { kind: approximate }
      evaluate:
        inputs:
          { model: train.model, other: other.model, train: split.train, test: split.test, catalog: ingest.catalog,
            index: index.index }
        params: { baselines: [popularity, recent-popularity, random, item-knn, ease], ks: [1, 10] }
        \(blocks)
      next:
        program: evaluate
        inputs: { model: train.model, train: split.train, test: split.test }
        params: { protocol: next, baselines: [popularity, item-knn], ks: [1, 10] }
        \(blocks)

    """
  }

  @Test("has the same bytes as one by a single process", arguments: [2, 5])
  func sameBytes(_ blocks: Int) throws {
    let workshop = try Workshop.withReleasedPrograms()
    try workshop.write(Shop.repeats().csv, to: "orders.csv")
    try workshop.write(pipeline("retries: 0"), to: "pipeline.yaml")
    func run(_ words: String...) throws -> Workshop.Result {
      try workshop.run(Workshop.runner, ["pipeline.yaml", "--stages-dir", Workshop.released] + words)
    }
    let whole = try run()
    #expect(whole.status == 0, "\(whole.said)")
    try workshop.write(pipeline("blocks: \(blocks)"), to: "pipeline.yaml")
    let divided = try run("--force", "--only", "evaluate", "--only", "next", "--cpus", "2")
    #expect(divided.status == 0, "\(divided.said)")
    #expect(divided.error.contains("\(blocks) of \(blocks) blocks are done"), "\(divided.error)")
    let results = try workshop.record().results
    #expect(results["evaluate"] == "kept" && results["next"] == "kept", "\(results)\n\(divided.error)")
  }
}
