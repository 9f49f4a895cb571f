import Foundation
import Testing

/// From the catalog's fields to recommendations, by the released programs.
@Suite("Filters by fields of the catalog, on MovieLens 100K")
struct FilterTests {
  private struct Answer: Decodable {
    struct Item: Decodable { let candidate: String }

    let recommendations: [Item]
    var titles: [String] { recommendations.map(\.candidate) }
  }

  private struct Catalog: Decodable {
    struct Table: Decodable { let first: [Movie] }

    struct Movie: Decodable {
      let movieTitle: String
      let genres: [String]
      let releaseYear: Int?
    }

    let tables: [Table]
  }

  private func decode<Value: Decodable>(_ result: Workshop.Result) throws -> Value {
    #expect(result.status == 0, "\(result.error)")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Value.self, from: Data(result.output.utf8))
  }

  @Test("keep the matching candidates in order, and name unknown fields and values")
  func movies() throws {
    let workshop = try Workshop.withReleasedPrograms()
    try workshop.run(pipeline: "pipeline.yaml")
    let answers: [Answer] = try decode(workshop.released("recommend", "42", "--k", "2000", "--json"))
    let all = try #require(answers.first).titles
    let catalog: Catalog = try decode(workshop.released("inspect", "ingest.catalog", "--json", "--rows", "2000"))
    // Some titles have two rows: a movie has the genres of both.
    let movies = Dictionary(grouping: try #require(catalog.tables.first).first, by: \.movieTitle)
    let wanted = all.filter { title in
      let rows = movies[title] ?? []
      let genres = Set(rows.flatMap(\.genres))
      return !genres.isDisjoint(with: ["Comedy", "Musical"]) && !genres.contains("Children's")
        && rows.contains { 1990...1994 ~= $0.releaseYear ?? 0 }
    }
    let conditions = [
      "--only", "genres=Comedy", "--only", "genres=Musical", "--not", "genres=Children's", "--only",
      "release_year=1990..1994",
    ]
    for k in [3, 2000] {
      let filtered: [Answer] = try decode(
        workshop.run("\(Workshop.released)/recommend", ["42", "--k", "\(k)", "--json"] + conditions))
      #expect(filtered.first?.titles == Array(wanted.prefix(k)) && wanted.count > 50)
    }
    let told: [Answer] = try decode(
      workshop.released(
        "recommend", "--history", "Alien (1979)", "--k", "2000", "--not", "release_year=..1989", "--json"))
    #expect(
      Set(told[0].titles)
        == Set(all).filter { title in !(movies[title] ?? []).contains { $0.releaseYear ?? 1990 < 1990 } })
    for (condition, said) in [
      ("genre=Comedy", "no field \"genre\"; did you mean \"genres\"? There are \"movie_id\", \"genres\""),
      ("genres=Commedy", "no value \"Commedy\" of the field \"genres\"; did you mean \"Comedy\"?"),
      ("release_year=199o", "the field \"release_year\" has whole numbers; \"199o\" is neither"),
    ] {
      let refused = try workshop.released("recommend", "42", "--only", condition)
      #expect(refused.status == 1 && refused.error.hasPrefix("recommend: \(said)"), "\(refused.error)")
    }
    let none = try workshop.released("recommend", "42", "--not", "release_year=..3000", "--only", "release_year=1990")
    #expect(none.status == 0)
    #expect(none.error == "recommend: no candidate matches --only and --not; loosen them\n")
    #expect(try workshop.released("recommend", "42", "--only", "genres").status == 64)
  }
}
