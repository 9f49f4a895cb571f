import Artifacts
import CandidateIndex
import Interactions
import Kernels
import RandomNumbers
import SystemFiles
import Tables
import TestKit
import Testing
import TwoTower

@testable import Servable

@Suite("Browsing a servable")
struct BrowsingTests {
  private static let titles = [
    "Alien (1979)", "Alien 3 (1992)", "Aliens (1986)", "Brazil (1985)", "Dune (1984)", "Éxodo (1999)",
  ]
  private static let users = ["1", "10", "11", "2"]

  private let scratch: Scratch
  private let model: Model

  init() throws {
    scratch = try Scratch()
    model = Model(
      initialising: Vocabularies(
        query: Vocabulary(column: "user", values: Strings(Self.users), counts: [2, 1, 0, 1]),
        candidate: Vocabulary(column: "title", values: Strings(Self.titles), counts: [1, 1, 1, 0, 0, 1])),
      dimension: 6, seed: 3)
  }

  private func servable(_ model: Model? = nil, isExact: Bool = true, nameColumn: String? = nil) throws -> Servable {
    let model = model ?? self.model
    let rows = 1..<model.candidates.rows
    let index =
      isExact
      ? ExactIndex(model.candidates, rows: rows) as any NearestNeighbourIndex
      : ApproximateIndex(model.candidates, rows: rows, settings: .init(leaves: 2))
    let catalog = Catalog(
      columns: [
        Column("title", text: Self.titles + [Self.titles[0]]),
        Column("genres", textLists: [["Horror"], [], ["Action", "Horror"], ["Comedy"], [], [], ["Drama"]]),
        Column("year", integers: [1979, 1992, 1986, nil, 1984, 1999, 1979]),
        Column("price", reals: [1.5, 2, nil, 0.25, 3, 1, 1.5]),
      ]
        + (nameColumn.map { [Column($0, text: ["Das Boot", "", "alienation", "Zorro", "Zorro", "x", "Das Boot"])] }
          ?? []),
      rows: 7, key: "title", nameColumn: nameColumn)
    let seen = Interactions(
      columns: [
        Column("user", text: ["1", "1", "2", "10"]),
        Column("title", text: [Self.titles[3], Self.titles[0], Self.titles[5], "not in the vocabulary"]),
      ], rows: 4, roles: .init(query: "user", candidate: "title"))
    let path = scratch.file("\(UInt32.random(in: 0...UInt32.max)).tandem")
    var lineage = Lineage(stage: "serve-export", stageVersion: 1)
    lineage.inputs["model"] = Digest.of("a model")
    try ServableExport(model: model, index: index, catalog: catalog, seen: seen)
      .publish(to: path, lineage: lineage, sample: "1")
    return try Servable(path: path)
  }

  @Test("lists the seen items of a query")
  func history() throws {
    let servable = try servable()
    #expect(servable.history(of: "1") == [Self.titles[0], Self.titles[3]])
    #expect(servable.history(of: "10") == [])
    #expect(servable.history(of: "nobody") == nil)
    #expect(servable.knows("11") && !servable.knows("12"))
  }

  @Test("lists queries and candidates by prefix, in order, up to the limit")
  func beginnings() throws {
    let servable = try servable()
    #expect(servable.queryCount == 4)
    #expect(servable.queries(beginning: "1", limit: 10) == ["1", "10", "11"])
    #expect(servable.queries(beginning: "1", limit: 2) == ["1", "10"])
    #expect(servable.queries(beginning: "", limit: 10) == Self.users)
    #expect(servable.queries(beginning: "3", limit: 10).isEmpty && servable.queries(beginning: "1", limit: -1).isEmpty)
    #expect(servable.candidates(beginning: "Alien", limit: 9) == Array(Self.titles[0..<3]))
    #expect(servable.candidates(beginning: "É", limit: 9) == [Self.titles[5]])
    #expect(servable.candidates(beginning: "alien", limit: 9).isEmpty)
  }

  @Test("finds candidates that contain a text, ignoring case, in any alphabet")
  func contents() throws {
    let servable = try servable()
    #expect(servable.candidates(containing: "ALIEN", limit: 9) == Array(Self.titles[0..<3]))
    #expect(servable.candidates(containing: "(198", limit: 2) == [Self.titles[2], Self.titles[3]])
    #expect(servable.candidates(containing: "éxO", limit: 9) == [Self.titles[5]])
    #expect(servable.candidates(containing: "odo", limit: 9) == [Self.titles[5]])
    #expect(servable.candidates(containing: "", limit: 9) == Self.titles)
    #expect(servable.candidates(containing: "a title that is longer than any there is", limit: 9).isEmpty)
    #expect(servable.candidates(containing: String(repeating: "é", count: 1 << 20), limit: 9).isEmpty)
  }

  @Test("finds names of a catalog whose keys are not names")
  func names() throws {
    let servable = try servable(nameColumn: "called")
    #expect(servable.name(of: Self.titles[0]) == "Das Boot" && servable.name(of: Self.titles[3]) == "Zorro")
    #expect(servable.name(of: Self.titles[1]) == nil && servable.name(of: "nobody") == nil)
    #expect(servable.title(of: Self.titles[0]) == "\(Self.titles[0])  Das Boot")
    #expect(servable.title(of: Self.titles[1]) == Self.titles[1])
    // Keys first, and none twice.
    #expect(servable.candidates(containing: "alien", limit: 9) == Array(Self.titles[0..<3]))
    #expect(servable.candidates(containing: "BOOT", limit: 9) == [Self.titles[0]])
    #expect(servable.candidates(containing: "zorro", limit: 9) == [Self.titles[3], Self.titles[4]])
    #expect(servable.candidates(containing: "zorro", limit: 1) == [Self.titles[3]])
    #expect(servable.tables.hasNames && servable.tables.name(1).isEmpty)
    #expect(String(decoding: servable.tables.name(3), as: UTF8.self) == "Zorro")
    let plain = try self.servable()
    #expect(plain.name(of: Self.titles[0]) == nil && !plain.tables.hasNames && plain.tables.name(0).isEmpty)
  }

  @Test("gives a candidate's fields from all its catalog rows")
  func fields() throws {
    let servable = try servable()
    servable.prepareFields()
    func said(_ title: String) throws -> [String] {
      try servable.fields(of: title).map { "\($0.name): \($0.values.joined(separator: ", "))" }
    }
    #expect(try said(Self.titles[0]) == ["genres: Drama, Horror", "year: 1979", "price: 1.5000"])
    #expect(try said(Self.titles[3]) == ["genres: Comedy", "year: ", "price: 0.2500"])
    #expect(try said(Self.titles[1]) == ["genres: ", "year: 1992", "price: 2"])
    #expect(throws: ServableError.unknownCandidate("Alein (1979)", like: "Alien (1979)")) {
      try servable.fields(of: "Alein (1979)")
    }
  }

  @Test("finds similar candidates by cosine, without popularity", arguments: [true, false], [true, false])
  func similar(isExact: Bool, hasBias: Bool) throws {
    let model = hasBias ? model.addingBias(counts: [0, 9, 1, 4, 7, 2, 3], weight: 1) : model
    let servable = try servable(model, isExact: isExact)
    func cosine(_ a: Int, _ b: Int) -> Double {
      let (a, b) = (self.model.candidates.row(a + 1), self.model.candidates.row(b + 1))
      func product(_ x: [Float], _ y: [Float]) -> Double { zip(x, y).reduce(0) { $0 + Double($1.0) * Double($1.1) } }
      return product(a, b) / (product(a, a) * product(b, b)).squareRoot()
    }
    for candidate in Self.titles.indices {
      let found = try servable.similar(to: Self.titles[candidate], k: 9)
      let wanted = Self.titles.indices.filter { $0 != candidate }
        .sorted { cosine(candidate, $0) > cosine(candidate, $1) }
      #expect(found.map(\.candidate) == wanted.map { Self.titles[$0] })
      for (near, other) in zip(found, wanted) { #expect(abs(Double(near.score) - cosine(candidate, other)) < 1e-6) }
    }
    let horror = try servable.candidates(allowedBy: FieldFilter(only: [.init(field: "genres", value: "Horror")]))
    #expect(try servable.similar(to: Self.titles[0], k: 9, filter: horror).map(\.candidate) == [Self.titles[2]])
    #expect(try servable.similar(to: Self.titles[0], k: 0).isEmpty)
    #expect(throws: ServableError.self) { try servable.similar(to: "Xyz", k: 1) }
  }

  @Test("gives its facts: its digest, its model's digest, its columns and counts")
  func facts() throws {
    let facts = try servable().facts
    #expect(facts.modelDigest == Digest.of("a model").hexadecimal && facts.digest.count == 64)
    #expect(facts.queryColumn == "user" && facts.candidateColumn == "title")
    #expect(facts.queries == 4 && facts.candidates == 6 && facts.dimension == 6)
    #expect(facts.index == "exact" && facts.objective == "softmax" && facts.unknownQuery == .untrained)
    #expect(try servable(isExact: false).facts.index == "approximate")
  }

  @Test("gives many queries at once the results of single ones", arguments: [true, false])
  func batch(isExact: Bool) throws {
    let servable = try servable(isExact: isExact)
    let names = Self.users + ["nobody"] + Self.users
    for excludeSeen in [true, false] {
      for excluded in [[], [Self.titles[2]]] {
        for threads in [1, 2] {
          let answers = try servable.recommend(
            names, k: 4, excludeSeen: excludeSeen, excluding: excluded, threads: threads)
          for (name, answer) in zip(names, answers) {
            let one = try servable.recommend(name, k: 4, excludeSeen: excludeSeen, excluding: excluded)
            #expect(answer.query == name && answer.basis == one.basis)
            #expect(answer.recommendations.map(\.candidate) == one.recommendations.map(\.candidate))
            #expect(answer.recommendations.map(\.score) == one.recommendations.map(\.score))
          }
        }
      }
    }
  }

  @Test(
    "gives many queries at once, each with its own exclusions, the results of single ones",
    arguments: [true, false])
  func exclusions(isExact: Bool) throws {
    let servable = try servable(isExact: isExact)
    let names = Self.users + ["nobody"]
    let own = [
      [Self.titles[5], "", "no title", Self.titles[0], Self.titles[5]], [], Self.titles, [""], [Self.titles[3]],
    ]
    for (names, rows) in [
      (names, own), (names, [own[0]]), (names, [[]]), (names, []), (names, names.map { _ in ["", "?"] }),
      (["1"], [own[0]]), ([], []), ([], [own[0]]),
    ] {
      for (k, threads) in [(4, 1), (9, 2), (0, 1)] {
        let answers = servable.recommend(names, k: k, exclusions: rows, threads: threads)
        #expect(answers.map(\.query) == names)
        for (place, answer) in answers.enumerated() {
          let row = rows.isEmpty ? [] : rows[rows.count == 1 ? 0 : place]
          let one = try servable.recommend(names[place], k: k, excluding: row.filter { servable.has($0) })
          #expect(answer.basis == one.basis)
          #expect(answer.recommendations.map(\.candidate) == one.recommendations.map(\.candidate))
          #expect(answer.recommendations.map(\.score) == one.recommendations.map(\.score))
        }
      }
    }
    #expect(servable.knownNumbers(of: own[0]) == [0, 5] && servable.knownNumbers(of: [""]).isEmpty)
    let bytes = Self.titles.reduce(0) { $0 + $1.utf8.count }
    #expect(servable.averageCandidateNameBytes == Double(bytes) / 6)
  }

  @Test("suggests the nearest name or names with the prefix for an unknown name, if either can be found quickly")
  func meant() throws {
    let servable = try servable()
    func like(_ name: String) -> String? {
      do {
        _ = try servable.fields(of: name)
        return nil
      } catch ServableError.unknownCandidate(_, let like) { return like } catch { return "\(error)" }
    }
    #expect(like("brasil (1985)") == Self.titles[3] && like("ALIEN") == Self.titles[0])
    #expect(like("exodo (1999)") == Self.titles[5] && like("éx") == Self.titles[5] && like("É") == Self.titles[5])
    #expect(like("e") == nil && like("") == nil && like("Alien (1979) and more of this") == nil)
    #expect(like(String(repeating: "Alien ", count: 200_000)) == nil)
  }

  @Test("gives an error or a result if its file is damaged", arguments: [true, false])
  func damaged(isExact: Bool) throws {
    _ = try servable(isExact: isExact)
    let folder = Files.folder(of: scratch.file("x"))
    let name = try #require(try Files.list(folder).first { $0.hasSuffix(".tandem") })
    let bytes = try Files.read("\(folder)/\(name)")
    var random = RandomGenerator(seed: 2, stream: "damage")
    for _ in 0..<300 {
      var copy = bytes
      copy[Int(random.below(UInt64(copy.count)))] ^= UInt8(1 + random.below(255))
      guard let servable = try? Servable(path: scratch.write(copy, to: "broken")) else { continue }
      for title in Self.titles {
        _ = try? servable.similar(to: title, k: 5)
        _ = try? servable.fields(of: title)
        _ = try? servable.explain("1", candidate: title, limit: 2)
      }
      _ = try? servable.recommend(Self.users, k: 5, excludeSeen: true)
    }
  }
}
