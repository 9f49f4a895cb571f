import Artifacts
import CandidateIndex
import CanonicalJSON
import Interactions
import Kernels
import RandomNumbers
import SystemFiles
import Tables
import TestKit
import Testing
import TwoTower

@testable import Servable

@Suite("Bulk recommendations")
struct BulkTests {
  /// More than two blocks.
  private static let users = (0..<9000).map { "u\(100_000 + $0)" }
  private static let titles = (0..<300).map { $0 % 50 == 0 ? "a \"quoted\", movie \(1000 + $0)" : "movie \(1000 + $0)" }

  private let scratch: Scratch
  private let servable: Servable

  init() throws {
    scratch = try Scratch()
    let titles = Strings(Self.titles.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    let model = Model(
      initialising: Vocabularies(
        query: Vocabulary(column: "user", values: Strings(Self.users), counts: Self.users.map { _ in 1 }),
        candidate: Vocabulary(column: "title", values: titles, counts: Self.titles.map { _ in 1 })), dimension: 4,
      seed: 3)
    var random = RandomGenerator(seed: 8, stream: "seen")
    let pairs = (0..<20_000).map { _ in (Int(random.below(9000)), Int(random.below(300))) }
    let seen = Interactions(
      columns: [
        Column("user", text: pairs.map { Self.users[$0.0] }), Column("title", text: pairs.map { Self.titles[$0.1] }),
      ], rows: pairs.count, roles: .init(query: "user", candidate: "title"))
    let catalog = Catalog(
      columns: [
        Column("title", text: Self.titles), Column("year", integers: (0..<300).map { Int64(1900 + $0 % 100) }),
      ],
      rows: 300, key: "title")
    let path = scratch.file("servable.tandem")
    let index = ExactIndex(model.candidates, rows: 1..<301)
    try ServableExport(model: model, index: index, catalog: catalog, seen: seen)
      .publish(to: path, lineage: .none, sample: "1")
    servable = try Servable(path: path)
  }

  private let request = BulkRequest(
    k: 20, excludeSeen: true, excluded: ["movie 1007"],
    filter: FieldFilter(only: [.init(field: "year", value: "1905..")]))

  @Test(
    "are those of single queries; the artifact is complete and has only the lists")
  func lists() throws {
    let path = scratch.file("lists.tandem")
    try servable.recommendAll(request, to: path, form: .artifact, threads: 2)
    let file = try ArtifactFile(path: path, type: RecommendationsArtifact.type)
    try file.verify()
    let (queries, candidates) = (try Table("queries", from: file), try Table("candidates", from: file))
    #expect(queries.text("user")?.dictionary.array == Self.users && candidates.rows == 300)
    let starts: [UInt64] = try file.read("lists/starts", shape: [9001])
    let found: [UInt32] = try file.read("lists/candidates")
    let scores: [Float] = try file.read("lists/scores", shape: [found.count])
    let titles = try #require(candidates.text("title")?.dictionary)
    let filter = try servable.candidates(allowedBy: request.filter)
    for query in stride(from: 0, to: 9000, by: 97) {
      let wanted = try servable.recommend(
        Self.users[query], k: 20, excludeSeen: true, excluding: ["movie 1007"], filter: filter
      ).recommendations
      let range = Int(starts[query])..<Int(starts[query + 1])
      #expect(range.count == 20)
      #expect(found[range].map { titles[Int($0)] } == wanted.map(\.candidate))
      #expect(Array(scores[range]) == wanted.map(\.score))
    }
    #expect(file.header.lineage.inputs == ["servable": try ArtifactFile(path: scratch.file("servable.tandem")).digest])
    #expect(!Files.exists("\(path).unfinished"))
    #expect(throws: FileError.self) { try servable.recommendAll(request, to: path, form: .csv, threads: 1) }
  }

  @Test(
    "of an interrupted run, or one with damaged blocks, have the bytes of a whole run on any number of threads",
    arguments: BulkForm.allCases)
  func resumed(form: BulkForm) throws {
    let (whole, parted) = (scratch.file("whole"), scratch.file("parted"))
    try servable.recommendAll(request, to: whole, form: form, threads: 1)
    // What is left of a killed run: one block, one that is cut short, and a temporary of it.
    let key = try unfinishedKey(parted)
    let blocks = try FinishedBlocks(
      beside: parted, key: key, queries: servable.queryCount, candidates: servable.candidateCount)
    let filter = try servable.narrowed(
      servable.candidates(allowedBy: request.filter), by: servable.numbers(of: request.excluded))
    for block in 0..<2 {
      let lists = servable.lists(
        of: blocks.range(of: block).map { $0 }, k: 20, excludeSeen: true, filter: filter, threads: 3)
      try blocks.write(RecommendationBlock(lists), as: block)
    }
    let bytes = try Files.read("\(blocks.folder)/1")
    Files.remove("\(blocks.folder)/1")
    _ = try scratch.write(Array(bytes.dropLast(64)), to: "parted.unfinished/1")
    var seen: [Int] = []
    try servable.recommendAll(request, to: parted, form: form, threads: 3) { done, _, resumed in
      seen.append(done)
      #expect(resumed == FinishedBlocks.size)
    }
    #expect(seen == [4096, 8192, 9000])
    #expect(try Files.read(parted) == Files.read(whole))
  }

  private func unfinishedKey(_ path: String) throws -> String {
    JSON.object(["servable": JSON(servable.facts.digest), "request": .object(request.params)]).text
  }

  @Test("ignores blocks of a run with another request")
  func otherRequest() throws {
    let path = scratch.file("other")
    let blocks = try FinishedBlocks(beside: path, key: "another", queries: 9000, candidates: 300)
    try blocks.write(RecommendationBlock([[Neighbour]](repeating: [], count: 4096)), as: 0)
    var first: Int?
    try servable.recommendAll(request, to: path, form: .artifact, threads: 2) { _, _, resumed in first = resumed }
    #expect(first == 0)
  }

  @Test("are written as CSV (RFC 4180) and as JSON Lines with a line per query")
  func texts() throws {
    let (csv, lines) = (scratch.file("lists.csv"), scratch.file("lists.jsonl"))
    var request = BulkRequest(k: 2)
    request.filter.only = [.init(field: "year", value: "1900")]
    try servable.recommendAll(request, to: csv, form: .csv, threads: 2)
    try servable.recommendAll(request, to: lines, form: .jsonLines, threads: 2)
    let filter = try servable.candidates(allowedBy: request.filter)
    let wanted = try servable.recommend(Self.users[0], k: 2, filter: filter).recommendations
    let rows = String(decoding: try Files.read(csv), as: UTF8.self).split(
      separator: "\r\n", omittingEmptySubsequences: false)
    let quoted = wanted[0].candidate.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
    #expect(rows[0] == "user,rank,title,score")
    #expect(rows[1] == "u100000,1,\"\(quoted)\",\(wanted[0].score)")
    #expect(rows.count == 1 + 2 * 9000 + 1 && rows.last == "")
    let parsed = try String(decoding: try Files.read(lines), as: UTF8.self).split(separator: "\n").map {
      try JSON.parse(Array($0.utf8))
    }
    #expect(parsed.count == 9000)
    #expect(parsed[0]["query"] == JSON("u100000"))
    #expect(parsed[0]["recommendations"]?.array?.map { $0["candidate"]?.string } == wanted.map(\.candidate))
  }
}
