import Foundation
import Testing

@Suite("What comes next on MovieLens 100K")
struct NextItemTests {
  private struct Answer: Decodable {
    struct Explanation: Decodable {
      struct Reason: Decodable {
        let candidate: String
        let value: Double
      }

      let kind: String
      let reasons: [Reason]
      let others, popularity, remainder: Double

      var sum: Double { reasons.reduce(others + popularity) { $0 + $1.value } }
    }

    struct Item: Decodable {
      let candidate: String
      let score: Double
      let explanation: Explanation?
    }

    let query, basis: String
    let recommendations: [Item]
    var candidates: [String] { recommendations.map(\.candidate) }
  }

  private func recommend(_ workshop: Workshop, _ arguments: [String]) throws -> Answer {
    let result = try workshop.run("\(Workshop.released)/recommend", arguments + ["--json"])
    #expect(result.status == 0, "\(result.error)")
    return try #require(JSONDecoder().decode([Answer].self, from: Data(result.output.utf8)).first)
  }

  private func hitRate(_ workshop: Workshop, _ model: String, _ k: Int, slice: String = "all") throws -> Double {
    try workshop.metric("evaluate.metrics", "\(model),seen-excluded,\(slice),hit_rate,\(k)")
  }

  private static let pipeline = "pipelines/movielens-100k-next.yaml"

  @Test("histories in their order beat the nearest neighbours of what was watched, and answer known and unknown users")
  func pipeline() throws {
    let workshop = try Workshop.withReleasedPrograms()
    let run = try workshop.run(pipeline: Self.pipeline)
    #expect(run.output.contains("two-tower beats item-knn on hit_rate@20, seen-excluded"))
    #expect(try hitRate(workshop, "two-tower", 20) > 0.3)
    #expect(try hitRate(workshop, "recent-popularity", 20) < 0.16)
    for slice in ["history 1-5", "history 6-20", "history 21 and more"] {
      #expect(
        try hitRate(workshop, "two-tower", 20, slice: slice) > hitRate(workshop, "item-knn", 20, slice: slice))
    }
    #expect(try recommend(workshop, ["42"]).basis == "history")
    let trek = ["Star Trek: First Contact (1996)", "Star Trek: Generations (1994)"]
    let films = ["Cinderella (1950)", "Dumbo (1941)"]
    func answer(_ history: [String]) throws -> [String] {
      try recommend(workshop, history.flatMap { ["--history", $0] } + ["--k", "10"]).candidates
    }
    let (after, before) = (try answer(films + trek), try answer(trek + films))
    #expect(after != before && Set(after).isDisjoint(with: films + trek))
    let animated = [
      "Aladdin (1992)", "Alice in Wonderland (1951)", "Beauty and the Beast (1991)", "Fantasia (1940)",
      "Lion King, The (1994)", "Pinocchio (1940)", "Snow White and the Seven Dwarfs (1937)",
      "Sword in the Stone, The (1963)",
    ]
    #expect(before.count(where: animated.contains) > after.count(where: animated.contains))
    try explanations(workshop, films + trek)
  }

  /// Scores are the sums of what the history adds, of a user by what the servable knows of it.
  private func explanations(_ workshop: Workshop, _ history: [String]) throws {
    // A movie that was chosen twice is named once.
    let again = history + [history[0]]
    for asked in [["42"], history.flatMap { ["--history", $0] }, again.flatMap { ["--history", $0] }] {
      let items = try recommend(workshop, asked + ["--explain"]).recommendations
      #expect(items.count == 10)
      for item in items {
        let explanation = try #require(item.explanation)
        #expect(explanation.kind == "contributions" && explanation.reasons.count == 3)
        #expect(abs(explanation.sum - item.score) < 1e-5 && abs(explanation.remainder) < 1e-5, "\(item)")
        #expect(Set(explanation.reasons.map(\.candidate)).count == 3)
      }
    }
    let text = try workshop.run("\(Workshop.released)/recommend", ["42", "--explain", "--k", "1"]).output
    #expect(text.contains("  the rest of the history") && !text.contains("similar "))
    #expect(!text.contains("not of the history"), "a sum has no remainder")
  }

  @Test("is the same on any number of threads")
  func deterministic() throws {
    let workshop = try Workshop.withReleasedPrograms()
    let set = ["--set", "train.epochs=1", "--set", "serve-export.on-failed-verdict=warn"]
    try workshop.run(pipeline: Self.pipeline, set + ["--threads", "1"])
    try workshop.run(pipeline: Self.pipeline, set + ["--threads", "3", "--force"])
    #expect(try workshop.record().results.values.allSatisfy { $0 == "kept" })
  }

  @Test("exports for other programs are refused by name, and so is a decay where queries are users")
  func refusals() throws {
    let workshop = try Workshop.withReleasedPrograms()
    for (setting, line) in [
      ("serve-export.forms=[native, onnx]", "forms has onnx, which cannot read histories"),
      ("train.history-last=20", "--history-last is for models whose queries are candidates chosen before"),
    ] {
      let result = try workshop.run(
        Workshop.runner,
        [
          "\(Workshop.package)/\(Self.pipeline)", "--stages-dir", Workshop.released, "--artifacts", "artifacts",
          "--set", "train.epochs=1", "--set", "serve-export.on-failed-verdict=warn", "--set", setting,
        ])
      #expect(result.status != 0 && result.said.contains(line), "\(result.said)")
    }
  }
}
