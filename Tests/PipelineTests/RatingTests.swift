import Foundation
import Testing

@Suite("Two outputs of one model")
struct RatingTests {
  private static let pipeline = "pipelines/movielens-100k-ratings.yaml"

  private struct Answer: Decodable {
    struct Item: Decodable { let rating: Double? }

    let basis: String
    let recommendations: [Item]
  }

  private func answers(_ workshop: Workshop, _ arguments: String...) throws -> [Answer] {
    let asked = try workshop.run("\(Workshop.released)/recommend", arguments + ["--k", "20", "--json"])
    #expect(asked.status == 0, "\(asked.error)")
    return try JSONDecoder().decode([Answer].self, from: Data(asked.output.utf8))
  }

  @Test("on MovieLens 100K are lists and ratings, judged side by side, and the same on any number of threads")
  func movies() throws {
    let workshop = try Workshop.withReleasedPrograms()
    let run = try workshop.run(pipeline: Self.pipeline, ["--threads", "1"])
    let head = "rating head query, candidate, rating: 64-256-128-1 relu of 80000 ratings"
    #expect(run.said.contains(head), "\(run.said)")
    func rmse(_ model: String) throws -> Double {
      try workshop.metric("evaluate.metrics", "\(model),seen-included,all,rmse,")
    }
    // Stars are 1 to 5, with a standard deviation of 1.12.
    #expect(try abs(rmse("training-mean") - 1.12) < 0.02)
    #expect(try rmse("candidate-mean") < rmse("training-mean") - 0.05)
    #expect(try rmse("two-tower") < 1.3)
    #expect(try workshop.metric("evaluate.metrics", "two-tower,seen-included,all,hit_rate,100") > 0.2)
    let inspected = try workshop.released("inspect", "train.model", "--artifacts", "artifacts").output
    #expect(inspected.contains("training rating loss") && inspected.contains("training retrieval loss"))

    let answers = try answers(workshop, "42", "nobody")
    #expect(answers.map(\.basis) == ["known", "popularity"])
    #expect(answers[0].recommendations.allSatisfy { 0.5...5.5 ~= $0.rating ?? .nan })
    #expect(answers[1].recommendations.allSatisfy { $0.rating == nil }, "training knew nothing of nobody")
    let text = try workshop.run("\(Workshop.released)/recommend", ["42", "--k", "1"]).output
    #expect(text.contains("  rating "), "\(text)")

    let servable = "artifacts/serve-export/latest/servable.tandem"
    let listed = try workshop.released(
      "recommend", "--servable", servable, "--all-users", "--k", "20", "--format", "csv", "--output", "lists.csv")
    #expect(listed.status == 0, "\(listed.said)")
    let rows = try workshop.read("lists.csv").split(separator: "\r\n").filter { $0.hasPrefix("42,") }
    let ratings = rows.map { row in row.split(separator: ",").last.flatMap { Double($0) } }
    #expect(ratings == answers[0].recommendations.map(\.rating))
    #expect(
      try workshop.released(
        "bulk-recommend", "--input", "servable=\(servable)", "--output", "recommendations=lists.tandem", "--k", "20"
      ).status == 0 && workshop.exported("lists.tandem").filter { $0.hasPrefix("42,") } == rows)

    try workshop.run(pipeline: Self.pipeline, ["--threads", "3", "--force"])
    #expect(try workshop.record().results.values.allSatisfy { $0 == "kept" }, "the same bytes on three threads")

    try workshop.run(pipeline: Self.pipeline, ["--set", "train.retrieval-weight=0", "--set", "train.epochs=20"])
    #expect(try rmse("two-tower") < rmse("training-mean") - 0.05, "ratings alone")
  }

  @Test("are refused by name where they cannot be learnt")
  func refusals() throws {
    let workshop = try Workshop.withReleasedPrograms()
    for (set, reason) in [
      (["train.rating=stars"], "no column \"stars\" of the expected kind in interactions; there are"),
      (["train.threshold=4"], "--threshold: would hide low ratings from the head of --rating"),
      (["train.objective=ials"], "for --objective=softmax"),
      (["train.rating-weight=0", "train.retrieval-weight=0"], "nothing would be learnt"),
    ] {
      let run = try workshop.run(
        Workshop.runner,
        [
          "\(Workshop.package)/\(Self.pipeline)", "--stages-dir", Workshop.released, "--artifacts", "refused",
        ] + set.flatMap { ["--set", $0] })
      #expect(run.status != 0 && run.said.contains(reason), "\(set): \(run.said)")
    }
  }
}
