import ArgumentParser
import Artifacts
import Interactions
import Kernels
import RandomNumbers
import Tables
import TwoTower

/// Writes the artifacts that a servable is made of, as large as asked for; Benchmarks/bulk runs the stages on them.
@main
struct ServableBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "servable-benchmark",
    abstract: "Write a model of made-up vectors with structure, a catalog and what was seen: model, catalog, seen.")

  @Option(help: ArgumentHelp("Queries.", valueName: "number"))
  var queries = 200_000

  @Option(help: ArgumentHelp("Candidates.", valueName: "number"))
  var candidates = 1_000_000

  @Option(help: ArgumentHelp("Of the embeddings.", valueName: "number"))
  var dimension = 64

  @Option(help: ArgumentHelp("Interactions of each query, repeats among them.", valueName: "number"))
  var seen = 20

  @Argument(help: "The folder to write to.")
  var folder: String

  func validate() throws {
    guard 1...10_000_000 ~= queries, 1...100_000_000 ~= candidates, 1...1024 ~= dimension, 0...1000 ~= seen else {
      throw ValidationError(
        "give 1 to 10,000,000 queries, 1 to 100,000,000 candidates, a dimension of 1 to 1024 and 0 to 1000 seen")
    }
  }

  func run() throws {
    let users = Strings((0..<queries).map { "user \(10_000_000 + $0)" })
    let titles = Strings((0..<candidates).map { "a title of an item, \(100_000_000 + $0)" })
    let model = Model(
      vocabularies: Vocabularies(
        query: Vocabulary(column: "user_id", values: users, counts: users.offsets.dropFirst().map { _ in Int64(seen) }),
        candidate: Vocabulary(column: "title", values: titles, counts: titles.offsets.dropFirst().map { _ in 1 })),
      queries: table(queries, "queries"), candidates: table(candidates, "candidates"))
    let lineage = Lineage(stage: "servable-benchmark", stageVersion: 1)
    try model.publish(to: "\(folder)/model.tandem", lineage: lineage, summary: Summary())
    let codes = (0..<UInt32(candidates)).map { $0 }
    let catalog = Catalog(
      columns: [
        Column("title", .text(TextColumn(codes: codes, unsorted: titles))),
        Column("year", integers: codes.map { Int64(1950 + $0 % 75) }),
      ], rows: candidates, key: "title")
    try catalog.publish(to: "\(folder)/catalog.tandem", type: Catalog.candidates, lineage: lineage)
    var random = RandomGenerator(seed: 42, stream: "seen")
    let rows = queries * seen
    let chosen = (0..<rows).map { _ in UInt32(random.below(UInt64(candidates))) }
    let interactions = Interactions(
      columns: [
        Column("user_id", .text(TextColumn(codes: (0..<rows).map { UInt32($0 / seen) }, unsorted: users))),
        Column("title", .text(TextColumn(codes: chosen, unsorted: titles))),
      ], rows: rows, roles: .init(query: "user_id", candidate: "title"))
    try interactions.publish(to: "\(folder)/seen.tandem", lineage: lineage)
  }

  /// Random vectors in 256 clusters, with noise; row 0 is zero.
  private func table(_ count: Int, _ stream: String) -> Matrix {
    let tastes = 256
    var random = RandomGenerator(seed: 42, stream: "tastes")
    let centres = (0..<tastes * dimension).map { _ in random.normal() }
    random = RandomGenerator(seed: 42, stream: stream)
    let table = Matrix(rows: count + 1, columns: dimension)
    let scale = 1 / Float(dimension).squareRoot()
    for row in 1...count {
      let taste = Int(random.below(UInt64(tastes))) * dimension
      let target = unsafe table.pointer(row: row)
      for column in 0..<dimension { unsafe target[column] = (centres[taste + column] + random.normal()) * scale }
    }
    return table
  }
}
