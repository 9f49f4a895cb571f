import Foundation
import Testing

@Suite("Item to item")
struct ItemToItemTests {
  private struct Answer: Decodable {
    struct Item: Decodable { let candidate: String }

    let query, basis: String
    let recommendations: [Item]
    var candidates: [String] { recommendations.map(\.candidate) }
  }

  private func recommend(_ workshop: Workshop, _ arguments: [String]) throws -> [Answer] {
    let result = try workshop.run("\(Workshop.released)/recommend", arguments + ["--json"])
    #expect(result.status == 0, "\(result.error)")
    return try JSONDecoder().decode([Answer].self, from: Data(result.output.utf8))
  }

  private func hitRate(_ workshop: Workshop, _ model: String, _ k: Int) throws -> Double {
    try workshop.metric("evaluate.metrics", "\(model),seen-included,all,hit_rate,\(k)")
  }

  private static let pipeline = "pipelines/movielens-100k-item-to-item.yaml"

  @Test("on MovieLens 100K beats popularity by far, and never recommends the movie itself")
  func movies() throws {
    let workshop = try Workshop.withReleasedPrograms()
    let run = try workshop.run(pipeline: Self.pipeline)
    #expect(
      run.said.contains(
        "ingest: of 100000 rows 943 are the first of their user_id, and left out; "
          + "the others come once for each previous_movie_title of the 5 rows before"))
    #expect(run.output.contains("recommend 'Alien (1979)'"))
    #expect(run.output.contains("two-tower beats popularity on hit_rate@20, seen-included"))
    #expect(try hitRate(workshop, "two-tower", 100) > 1.6 * hitRate(workshop, "popularity", 100))
    #expect(try hitRate(workshop, "two-tower", 10) > 2 * hitRate(workshop, "popularity", 10))
    let known = [
      "Alien (1979)": ["Aliens (1986)", "Empire Strikes Back, The (1980)"],
      "Star Wars (1977)": ["Return of the Jedi (1983)"],
      "Snow White and the Seven Dwarfs (1937)": ["Cinderella (1950)", "Aladdin (1992)", "Dumbo (1941)"],
      "Star Trek: The Wrath of Khan (1982)": [
        "Star Trek IV: The Voyage Home (1986)", "Star Trek VI: The Undiscovered Country (1991)",
      ],
      "Scream (1996)": ["Liar Liar (1997)"],
    ]
    for answer in try recommend(workshop, Array(known.keys) + ["--k", "6", "--exclude-seen"]) {
      #expect(answer.basis == "known")
      let wanted = try #require(known[answer.query])
      #expect(Set(answer.candidates).isSuperset(of: wanted), "\(answer.query): \(answer.candidates)")
    }
    let all = try recommend(workshop, ["Alien (1979)", "--k", "2000"])[0].candidates
    let unseen = try recommend(workshop, ["Alien (1979)", "--k", "2000", "--exclude-seen"])[0].candidates
    #expect(unseen == all.filter { $0 != "Alien (1979)" } && unseen.count == all.count - 1)
    let stranger = try recommend(workshop, ["A movie that nobody saw", "--k", "1"])
    #expect(stranger[0].basis == "popularity")
  }

  @Test("is the same on any number of threads")
  func deterministic() throws {
    let workshop = try Workshop.withReleasedPrograms()
    let set = ["--set", "train.epochs=3", "--set", "ingest.previous=2"]
    try workshop.run(pipeline: Self.pipeline, set + ["--threads", "1"])
    // The pairs of the second time go through a scratch file in the folder that the runner gives.
    try workshop.run(
      pipeline: Self.pipeline, set + ["--threads", "3", "--force", "--set", "train.pair-memory=1"])
    #expect(try workshop.record().results.values.allSatisfy { $0 == "kept" })
  }

  @Test("runs on other data")
  func shop() throws {
    let workshop = try Workshop.withReleasedPrograms()
    let result = try workshop.run(
      pipeline: "pipelines/your-data.yaml",
      [
        "--set", "ingest.previous=3", "--set", "vocab.query=previous_product", "--set", "split.by=time",
        "--set", "tune.trials=6",
        "--set", "serve-export.sample='Fountain pen'",
      ])
    #expect(result.output.contains("recommendations for previous_product Fountain pen:"))
    #expect(
      try workshop.exported("ingest.interactions")[0]
        == "customer,product,ordered at,quantity,channel,previous_product")
    let answer = try recommend(workshop, ["Fountain pen", "--k", "32", "--exclude-seen"])[0].candidates
    #expect(answer.count == 32 && !answer.contains("Fountain pen"))
    // A fifth of the shop is from the same department as a pen: twice as much goes with it.
    let writing = [
      "Blotting paper", "Brass sharpener", "Dotted notebook", "Ink, midnight blue", "Letter opener",
      "Mechanical pencil", "Wax seal",
    ]
    #expect(answer.prefix(5).count { writing.contains($0) } >= 2, "\(answer.prefix(5))")
  }

  @Test(
    "is refused in one line for unsuitable data",
    arguments: [
      (["--previous=-1"], "--previous is -1; give 0 to 100 rows"),
      (["--previous=101"], "--previous is 101; give 0 to 100 rows"),
      (["--previous=1"], "--previous goes by time; name the column of times with --timestamp"),
      (
        ["--previous=1", "--timestamp=day"],
        "the data has a column \"previous_item\" already; rename it, or ingest without \"previous\""
      ),
    ])
  func refusals(words: [String], line: String) throws {
    let workshop = try Workshop.withReleasedPrograms()
    try workshop.write("who,item,day,previous_item\na,x,2026-01-01,p\na,y,2026-01-02,q\n", to: "data.csv")
    let outputs = ["interactions", "catalog", "users", "rejects"]
    let result = try workshop.run(
      "\(Workshop.released)/ingest",
      ["--input", "source=data.csv"] + outputs.flatMap { ["--output", "\($0)=\($0).tandem"] }
        + ["--format=delimited", "--query=who", "--candidate=item"] + words)
    #expect(result.status != 0)
    #expect(result.error.split(separator: "\n").first.map(String.init) == "ingest: \(line)", "\(result.error)")
    #expect(outputs.allSatisfy { workshop.list(".").contains("\($0).tandem") == false })
  }
}
