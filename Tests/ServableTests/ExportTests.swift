import Artifacts
import CandidateIndex
import Interactions
import Kernels
import SystemFiles
import Tables
import TestKit
import Testing
import TwoTower

@testable import Servable

@Suite("A servable exported from files")
struct ExportTests {
  @Test("has the bytes of one exported from memory", arguments: [true, false])
  func sameBytes(isExact: Bool) throws {
    let scratch = try Scratch()
    let titles = Strings((0..<20_000).map { "movie \(100_000 + $0)" })
    let users = Strings((0..<50).map { "u\(10 + $0)" })
    let model = Model(
      initialising: Vocabularies(
        query: Vocabulary(column: "user", values: users, counts: users.array.map { _ in 1 }),
        candidate: Vocabulary(column: "title", values: titles, counts: titles.array.map { _ in 1 })), dimension: 4,
      seed: 3
    ).addingBias(counts: (0..<20_001).map { Double($0 % 13) }, weight: 1)
    let catalog = Catalog(
      columns: [Column("title", text: titles.array), Column("year", integers: (0..<20_000).map { Int64($0 % 90) })],
      rows: 20_000, key: "title")
    let seen = Interactions(
      columns: [
        Column("user", text: (0..<900).map { users[$0 % 50] }),
        Column("title", text: (0..<900).map { titles[$0 * $0 % 400] }),
      ], rows: 900, roles: .init(query: "user", candidate: "title"))
    let rows = 1..<model.candidates.rows
    let index =
      isExact
      ? ExactIndex(model.candidates, rows: rows) as any NearestNeighbourIndex
      : ApproximateIndex(model.candidates, rows: rows, settings: .init(leaves: 32))
    try model.publish(to: scratch.file("model"), lineage: .none, summary: Summary())
    try index.publish(to: scratch.file("index"), lineage: .none)
    try catalog.publish(to: scratch.file("catalog"), type: Catalog.candidates, lineage: .none)
    try seen.publish(to: scratch.file("seen"), lineage: .none)
    func file(_ name: String) throws -> ArtifactFile { try ArtifactFile(path: scratch.file(name)) }
    try ServableExport(model: model, index: index, catalog: catalog, seen: seen)
      .publish(to: scratch.file("memory"), lineage: .none, sample: "u10")
    try ServableExport(model: file("model"), index: file("index"), catalog: file("catalog"), seen: file("seen"))
      .publish(to: scratch.file("files"), lineage: .none, sample: "u10")
    #expect(try Files.read(scratch.file("memory")) == Files.read(scratch.file("files")))
    let servable = try Servable(path: scratch.file("files"))
    let wanted = Set((0..<900).filter { $0 % 50 == 7 }.map { titles[$0 * $0 % 400] }).sorted()
    #expect(servable.history(of: "u17") == wanted)
  }
}
