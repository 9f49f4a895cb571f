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

@Suite("Filters by fields of the catalog")
struct FieldFilterTests {
  private static let genres = ["Action", "Comedy", "Horror", "Romance", ""]

  /// A movie as the catalog has it, which has some of them twice and one that no model knows.
  private struct Movie {
    var title: String
    var genres: [String]
    var studio: String
    var year: Int64?
    var price: Double?
  }

  private let movies: [Movie]
  private let model: Model

  init() {
    var random = RandomGenerator(seed: 5, stream: "movies")
    func draw(_ bound: UInt64) -> Int { Int(random.below(bound)) }
    movies = (0..<700).map { number in
      Movie(
        title: number == 0 ? "unknown to the model" : "movie \(number % 600)",
        genres: Self.genres.filter { _ in draw(3) == 0 }, studio: ["A=B", "Gaumont", "Ealing"][draw(3)],
        year: draw(9) == 0 ? nil : Int64(1980 + draw(20)), price: draw(9) == 0 ? nil : Double(draw(8)) / 2 - 1)
    }
    let titles = Strings(Set(movies.dropFirst().map(\.title) + ["not in the catalog"]).sorted())
    let vocabularies = Vocabularies(
      query: Vocabulary(column: "user", values: Strings(["1", "2"]), counts: [1, 1]),
      candidate: Vocabulary(column: "title", values: titles, counts: titles.array.map { _ in 1 }))
    model = Model(initialising: vocabularies, dimension: 8, seed: 3)
  }

  private var catalog: Catalog {
    Catalog(
      columns: [
        Column("title", text: movies.map(\.title)), Column("genres", textLists: movies.map(\.genres)),
        Column("studio", text: movies.map(\.studio)), Column("year", integers: movies.map(\.year)),
        Column("price", reals: movies.map(\.price)),
      ], rows: movies.count, key: "title")
  }

  private func servable(_ scratch: Scratch, isExact: Bool = true) throws -> Servable {
    let rows = 1..<model.candidates.rows
    let index =
      isExact
      ? ExactIndex(model.candidates, rows: rows) as any NearestNeighbourIndex
      : ApproximateIndex(model.candidates, rows: rows, settings: .init(leaves: 8))
    let seen = Interactions(
      columns: [Column("user", text: ["1", "1"]), Column("title", text: ["movie 7", "movie 8"])], rows: 2,
      roles: .init(query: "user", candidate: "title"))
    let path = scratch.file("\(isExact).tandem")
    try ServableExport(model: model, index: index, catalog: catalog, seen: seen)
      .publish(to: path, lineage: .none, sample: "1")
    return try Servable(path: path)
  }

  private static func conditions(_ texts: [String]) -> [FieldFilter.Condition] {
    texts.compactMap { FieldFilter.Condition($0) }
  }

  /// What is asked for, and whether a movie is it.
  private struct Case: Sendable {
    let only: [String]
    let not: [String]
    let isAllowed: @Sendable (_ rows: [Movie]) -> Bool
  }

  private static let cases = [
    Case(only: ["genres=Comedy"], not: []) { $0.contains { $0.genres.contains("Comedy") } },
    Case(only: ["genres=Comedy", "genres=Horror"], not: []) { rows in
      rows.contains { $0.genres.contains("Comedy") || $0.genres.contains("Horror") }
    },
    Case(only: ["genres=Comedy", "studio=A=B"], not: ["genres=Horror", "genres=Action"]) { rows in
      rows.contains { $0.genres.contains("Comedy") } && rows.contains { $0.studio == "A=B" }
        && !rows.contains { $0.genres.contains("Horror") || $0.genres.contains("Action") }
    },
    Case(only: [], not: ["genres="]) { !$0.contains { $0.genres.contains("") } },
    Case(only: ["year=1984"], not: []) { $0.contains { $0.year == 1984 } },
    Case(only: ["year=1984..1989", "year=1997.."], not: ["price=..0"]) { rows in
      rows.contains { movie in movie.year.map { 1984...1989 ~= $0 || $0 >= 1997 } ?? false }
        && !rows.contains { movie in movie.price.map { $0 <= 0 } ?? false }
    },
    Case(only: ["price=-0.75..1.5"], not: []) { rows in
      rows.contains { movie in movie.price.map { -0.75...1.5 ~= $0 } ?? false }
    },
    Case(only: ["price=0"], not: []) { $0.contains { $0.price == 0 } },
    Case(only: ["year=1700..1800"], not: []) { _ in false },
    Case(only: [], not: ["year=..1979"]) { _ in true },
  ]

  @Test("allow candidates with the values in any of their catalog rows", arguments: 0..<Self.cases.count)
  func allowed(number: Int) throws {
    let (scratch, test) = (try Scratch(), Self.cases[number])
    let servable = try servable(scratch)
    let filter = try servable.candidates(
      allowedBy: FieldFilter(only: Self.conditions(test.only), not: Self.conditions(test.not)))
    let titles = model.vocabularies.candidate.values.array
    let wanted = titles.indices.filter { place in test.isAllowed(movies.filter { $0.title == titles[place] }) }
    #expect(titles.indices.filter { filter.allows($0) } == wanted)
    #expect(filter.allowed == wanted.count && filter.count == titles.count)
  }

  @Test("of several conditions, equal and overlapping, follow their definition")
  func many() throws {
    let scratch = try Scratch()
    let servable = try servable(scratch)
    let titles = model.vocabularies.candidate.values.array
    let rows = Dictionary(grouping: movies, by: \.title)
    var random = RandomGenerator(seed: 6, stream: "conditions")
    func draw(_ bound: Int) -> Int { Int(random.below(UInt64(bound))) }
    for count in [1, 2, 5, 3_000] {
      var (ranges, genres) = ([ClosedRange<Int64>](), [String]())
      for _ in 0..<count {
        let low = 1975 + draw(30)
        ranges.append(Int64(low)...Int64(low + draw(3)))
        genres.append(Self.genres[draw(Self.genres.count)])
      }
      func has(_ title: String) -> (year: Bool, genre: Bool) {
        let own = rows[title] ?? []
        return (
          own.contains { movie in movie.year.map { year in ranges.contains { $0 ~= year } } ?? false },
          own.contains { movie in genres.contains { movie.genres.contains($0) } }
        )
      }
      let years = ranges.map { FieldFilter.Condition(field: "year", value: "\($0.lowerBound)..\($0.upperBound)") }
      let named = genres.map { FieldFilter.Condition(field: "genres", value: $0) }
      for (filter, isAllowed) in [
        (FieldFilter(only: years + named), { $0.year && $0.genre }), (FieldFilter(not: years), { !$0.year }),
        (FieldFilter(only: named, not: years), { !$0.year && $0.genre }),
        (FieldFilter(not: named + years), { !$0.year && !$0.genre }),
      ] as [(FieldFilter, ((year: Bool, genre: Bool)) -> Bool)] {
        let allowed = try servable.candidates(allowedBy: filter)
        #expect(titles.indices.filter { allowed.allows($0) } == titles.indices.filter { isAllowed(has(titles[$0])) })
      }
    }
  }

  @Test("invert postings to each candidate's values as a scan does")
  func turnedRound() {
    var random = RandomGenerator(seed: 7, stream: "postings")
    func draw(_ bound: Int) -> Int { Int(random.below(UInt64(bound))) }
    for round in 0..<200 {
      let candidateCount = draw(30)
      var (starts, candidates) = ([UInt64(0)], [UInt32]())
      for _ in 0..<draw(12) {
        // Of a damaged file a few that no candidate has.
        candidates += (0..<candidateCount + 2).filter { _ in draw(3) == 0 }.map { UInt32($0) }
        starts.append(UInt64(candidates.count))
      }
      // And starts that do not rise, whose values nobody has.
      let damaged = round % 3 == 0 && starts.count > 2 ? 1 + draw(starts.count - 2) : nil
      if let damaged { starts[damaged] = .max }
      let turned = ValuesByCandidate(
        starts: SharedValues(copying: starts), candidates: SharedValues(copying: candidates),
        candidateCount: candidateCount)
      for candidate in 0..<candidateCount {
        let wanted = starts.indices.dropLast().filter { (value: Int) -> Bool in
          let (start, end) = (starts[value], starts[value + 1])
          guard start <= end, end <= UInt64(candidates.count) else { return false }
          return candidates[Int(start)..<Int(end)].contains(UInt32(candidate))
        }
        #expect(turned[candidate].map { Int($0) } == wanted)
      }
    }
  }

  @Test("give the best allowed candidates, with an exact and an approximate index", arguments: [true, false])
  func search(isExact: Bool) throws {
    let scratch = try Scratch()
    let servable = try servable(scratch, isExact: isExact)
    let filter = try servable.candidates(
      allowedBy: FieldFilter(only: Self.conditions(["genres=Romance", "year=1985"]), not: []))
    #expect(filter.allowed > 3 && filter.allowed < 60)
    let exact = ExactIndex(model.candidates, rows: 1..<model.candidates.rows)
    let titles = model.vocabularies.candidate.values
    let all = exact.search(model.queries.row(1), k: 1000, filter: filter)
    #expect(all.count == filter.allowed)
    let answer = try servable.recommend("1", k: 1000, filter: filter)
    #expect(answer.recommendations.map(\.candidate) == all.map { titles[$0.candidate] })
    #expect(answer.recommendations.map(\.score) == all.map(\.score))
    // What is seen or named is left out of what a filter allows, and so is a history.
    let first = titles[all[0].candidate]
    let without = try servable.recommend("1", k: 1000, excludeSeen: true, excluding: [first], filter: filter)
    let left = all.map { titles[$0.candidate] }.filter { ![first, "movie 7", "movie 8"].contains($0) }
    #expect(without.recommendations.map(\.candidate) == left)
    let told = try servable.recommend("she", history: [first], k: 1000, filter: filter).recommendations
    #expect(Set(told.map(\.candidate)) == Set(all.map { titles[$0.candidate] }).subtracting([first]))
  }

  @Test("suggest the field or value that was probably meant")
  func refusals() throws {
    let scratch = try Scratch()
    let servable = try servable(scratch)
    #expect(servable.fieldNames == ["genres", "studio", "year", "price"])
    func said(_ condition: String) -> String {
      do {
        _ = try servable.candidates(allowedBy: FieldFilter(not: Self.conditions([condition])))
        return ""
      } catch { return "\(error)" }
    }
    let there = "There are \"genres\", \"studio\", \"year\", \"price\""
    #expect(said("genre=Comedy") == "no field \"genre\"; did you mean \"genres\"? \(there)")
    #expect(said("title=movie 7") == "no field \"title\"; \(there)")
    #expect(said("genres=comdy") == "no value \"comdy\" of the field \"genres\"; did you mean \"Comedy\"?")
    #expect(said("genres=Western") == "no value \"Western\" of the field \"genres\"")
    let whole = "is neither one nor a range, as 10..20, 10.. or ..20"
    for text in ["199o", "1990.5", "", "..", "1990..x", "1990...1999", "1e3"] {
      #expect(said("year=\(text)") == "the field \"year\" has whole numbers; \"\(text)\" \(whole)")
    }
    #expect(said("price=inf") == "the field \"price\" has numbers; \"inf\" \(whole)")
    #expect(
      said("year=1999..1990")
        == "the range \"1999..1990\" of the field \"year\" ends before it begins; give the lower number first")
    for text in ["genres", "=Comedy", ""] { #expect(FieldFilter.Condition(text) == nil) }
  }

  @Test("of a damaged servable give an error or a result, and never crash")
  func damaged() throws {
    let scratch = try Scratch()
    _ = try servable(scratch)
    let bytes = try Files.read(scratch.file("true.tandem"), limit: 1 << 30)
    let sections = try ArtifactFile(path: scratch.file("true.tandem")).header.sections.filter {
      $0.name.hasPrefix("fields/")
    }
    var random = RandomGenerator(seed: 1, stream: "damage")
    for _ in 0..<300 {
      var copy = bytes
      let section = sections[Int(random.below(UInt64(sections.count)))]
      copy[section.offset + Int(random.below(UInt64(section.storedSize)))] ^= UInt8(1 + random.below(255))
      guard let servable = try? Servable(path: scratch.write(copy, to: "broken.tandem")) else { continue }
      for test in Self.cases {
        let filter = try? servable.candidates(
          allowedBy: FieldFilter(only: Self.conditions(test.only), not: Self.conditions(test.not)))
        if let filter { _ = try servable.recommend("1", k: 5, filter: filter) }
      }
    }
  }

  @Test("are refused by a servable of version 1, which supports everything else")
  func firstVersion() throws {
    let scratch = try Scratch()
    let newest = try servable(scratch)
    let file = try ArtifactFile(path: scratch.file("true.tandem"))
    var schema = file.header.schema.object ?? [:]
    schema["fields"] = nil
    let path = scratch.file("first.tandem")
    let writer = try ArtifactWriter(
      path: path, type: ArtifactType("servable", version: 1), schema: .object(schema))
    for section in file.header.sections where section.codec == .raw && !section.name.hasPrefix("fields/") {
      let bytes: [UInt8] =
        switch section.type {
        case .u8: try file.read(section.name)
        case .u32: try bytes(file.read(section.name, as: UInt32.self))
        case .u64: try bytes(file.read(section.name, as: UInt64.self))
        case .i32: try bytes(file.read(section.name, as: Int32.self))
        case .i64: try bytes(file.read(section.name, as: Int64.self))
        case .f32: try bytes(file.read(section.name, as: Float.self))
        case .f64: try bytes(file.read(section.name, as: Double.self))
        }
      try bytes.withUnsafeBytes {
        try writer.add(section.name, type: section.type, bytes: $0, shape: section.shape, codec: .raw)
      }
    }
    try writer.publish(lineage: .none)
    let first = try Servable(path: path)
    #expect(
      try first.recommend("1", k: 9).recommendations.map(\.candidate)
        == newest.recommend("1", k: 9).recommendations.map(\.candidate))
    #expect(first.fieldNames.isEmpty)
    #expect(throws: ServableError.unknownField("genres", like: nil, there: [])) {
      try first.candidates(allowedBy: FieldFilter(only: Self.conditions(["genres=Comedy"])))
    }
  }

  private func bytes(_ values: [some Any]) -> [UInt8] { values.withUnsafeBytes { Array($0) } }

  @Test("are refused if the catalog is not about the candidates")
  func otherCatalog() {
    let other = Catalog(columns: [Column("product", text: ["shoe"])], rows: 1, key: "product")
    let index = ExactIndex(model.candidates, rows: 1..<model.candidates.rows)
    let seen = Interactions(
      columns: [Column("user", text: ["1"]), Column("title", text: ["movie 7"])], rows: 1,
      roles: .init(query: "user", candidate: "title"))
    #expect(throws: DataError.self) {
      try ServableExport(model: model, index: index, catalog: other, seen: seen)
    }
  }
}
