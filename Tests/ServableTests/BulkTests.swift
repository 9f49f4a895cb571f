import Artifacts
import CandidateIndex
import CanonicalJSON
import DisplayText
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
    let blocks = try bulk().lists(of: 0..<8192, in: "\(parted).unfinished", threads: 3)
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

  /// A maker of the lists that `recommendAll` writes.
  private func bulk(_ queries: AskedQueries? = nil, _ request: BulkRequest? = nil) throws -> BulkRecommender {
    let request = request ?? self.request
    return try BulkRecommender(
      servable, request, queries: queries ?? AskedQueries(allOf: servable),
      lineage: Lineage(
        stage: "recommend", stageVersion: 1, params: request.params, inputs: ["servable": servable.file.digest]))
  }

  @Test("have the same bytes if the queries are divided into ranges, and if all are named")
  func divided() throws {
    let whole = scratch.file("whole")
    try servable.recommendAll(request, to: whole, form: .artifact, threads: 2)
    let asked = [AskedQueries(allOf: servable), AskedQueries(Strings(Self.users), of: servable)]
    for (count, queries) in zip([3, 1], asked) {
      let bulk = try bulk(queries)
      let parts = try (0..<count).map { part in
        try bulk.lists(
          of: 9000 * part / count..<9000 * (part + 1) / count, in: scratch.file("part \(part) of \(count)"),
          threads: part % 3 + 1)
      }
      let path = scratch.file("divided")
      try RecommendationsArtifact(bulk, parts).publish(to: path)
      #expect(try Files.read(path) == Files.read(whole))
      Files.remove(path)
    }
  }

  @Test("of some queries are theirs alone, and unknown ones are counted")
  func some() throws {
    let names = ["nobody", "u100003", "u104711", "u108999", "u999999"]
    let bulk = try bulk(AskedQueries(Strings(names), of: servable))
    let path = scratch.file("some")
    let lines = try RecommendationsArtifact(bulk, [bulk.lists(of: 0..<3, in: scratch.file("part"), threads: 2)])
      .publish(to: path)
    #expect(lines[0] == "queries: 3, and 2 unknown to the servable have no list")
    let file = try ArtifactFile(path: path)
    try file.verify()
    let queries = try #require(try Table("queries", from: file).text("user"))
    #expect(queries.dictionary.array == Array(names[1...3]))
    let titles = try #require(try Table("candidates", from: file).text("title")?.dictionary)
    let found: [UInt32] = try file.read("lists/candidates")
    let filter = try servable.candidates(allowedBy: request.filter)
    let wanted = try names[1...3].flatMap { name in
      try servable.recommend(name, k: 20, excludeSeen: true, excluding: ["movie 1007"], filter: filter).recommendations
    }
    #expect(found.map { titles[Int($0)] } == wanted.map(\.candidate))
    let none = try self.bulk(AskedQueries(Strings(["nobody"]), of: servable))
    let said = try RecommendationsArtifact(none, [none.lists(of: 0..<0, in: scratch.file("none"), threads: 2)])
      .publish(to: scratch.file("nobody"))
    #expect(said[0] == "queries: 0, and 1 unknown to the servable have no list")
    try ArtifactFile(path: scratch.file("nobody")).verify()
  }

  @Test("are counted: what is short, what is empty, and what is shown most")
  func counts() throws {
    // Three movies are allowed, and one user in many has seen one of them.
    let request = BulkRequest(
      k: 3, excludeSeen: true, filter: FieldFilter(only: [.init(field: "year", value: "1901")]))
    let bulk = try bulk(nil, request)
    let path = scratch.file("counted")
    let lines = try RecommendationsArtifact(bulk, [bulk.lists(of: 0..<9000, in: scratch.file("part"), threads: 2)])
      .publish(to: path)
    let file = try ArtifactFile(path: path)
    let starts: [UInt64] = try file.read("lists/starts")
    let lengths = zip(starts, starts.dropFirst()).map { $1 - $0 }
    let found: [UInt32] = try file.read("lists/candidates")
    let most = Dictionary(grouping: found) { $0 }.values.map(\.count).max() ?? 0
    let short = lengths.count { $0 < 3 }
    #expect(short > 0 && found.count == 27_000 - lengths.reduce(0) { $0 + 3 - Int($1) })
    #expect(
      lines[..<3] == ["queries: 9000", "recommendations: \(found.count)", "lists of fewer than 3: \(share(short))"])
    #expect(lines[4].hasPrefix("candidates in some list: 3 of 300, movie 1"))
    #expect(lines[4].hasSuffix(" in most: \(share(most))"))
    var none = request
    none.excluded = ["movie 1001", "movie 1101", "movie 1201"]
    let empty = try self.bulk(nil, none)
    #expect(empty.allowedCandidates == 0)
    let said = try RecommendationsArtifact(empty, [empty.lists(of: 0..<9000, in: scratch.file("no"), threads: 2)])
      .publish(to: scratch.file("empty"))
    #expect(said[3] == "empty lists: \(share(9000))" && said[4] == "candidates in some list: 0 of 300")
  }

  private func share(_ count: Int) -> String { "\(count), \(percent(Double(count) / 9000))" }

  @Test("ignores blocks of a run with another request")
  func otherRequest() throws {
    let path = scratch.file("other")
    let blocks = try FinishedBlocks(
      in: "\(path).unfinished", key: "another", queries: 0..<9000, candidates: 300, hasRatings: false)
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
