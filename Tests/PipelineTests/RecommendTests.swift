import Foundation
import Testing

/// Reasons and lists of every user, by the released programs.
@Suite("recommend on MovieLens 100K", .serialized)
struct RecommendTests {
  private struct Answer: Decodable {
    struct Explanation: Decodable {
      struct Reason: Decodable {
        let candidate: String
        let value: Double
      }

      let kind: String
      let reasons: [Reason]
      let others: Double?
      let popularity: Double?
      let remainder: Double?
    }

    struct Item: Decodable {
      let candidate: String
      let score: Double
      let explanation: Explanation?
    }

    let query: String
    let recommendations: [Item]
  }

  private func answer(_ workshop: Workshop, _ arguments: [String]) throws -> Answer {
    let result = try workshop.run("\(Workshop.released)/recommend", arguments + ["--json"])
    #expect(result.status == 0, "\(result.error)")
    return try #require(try JSONDecoder().decode([Answer].self, from: Data(result.output.utf8)).first)
  }

  @Test("explains scores of histories and of iALS by contributions that sum to them, and others by similarities")
  func explanations() throws {
    let workshop = try Workshop.withReleasedPrograms()
    try workshop.run(pipeline: "pipeline.yaml", ["--set", "train.objective=ials", "--set", "train.epochs=8"])
    let history = ["--history", "Alien (1979)", "--history", "Aliens (1986)", "--history", "Toy Story (1995)"]
    for arguments in [history, ["42", "--exclude-seen"]] {
      let explained = try answer(workshop, arguments + ["--explain"])
      #expect(explained.recommendations.count == 10)
      for item in explained.recommendations {
        let explanation = try #require(item.explanation)
        #expect(explanation.kind == "contributions" && explanation.reasons.count == 3)
        let remainder = try #require(explanation.remainder)
        let sum =
          explanation.reasons.reduce(0) { $0 + $1.value } + (explanation.others ?? .nan)
          + (explanation.popularity ?? .nan)
        #expect(abs(sum + remainder - item.score) < 1e-5)
        // A history's vector is the sum; a user in training is near it after some sweeps.
        #expect(abs(remainder) < (arguments == history ? 1e-4 : 0.1), "\(item.candidate) \(remainder)")
      }
    }
    // A movie of the kind speaks for one.
    let long = try answer(workshop, history + ["--explain", "--k", "100"]).recommendations
    let terminator = try #require(long.first { $0.candidate == "Terminator, The (1984)" }?.explanation)
    #expect(terminator.reasons.prefix(2).map(\.candidate).sorted() == ["Alien (1979)", "Aliens (1986)"])
    let text = try workshop.run("\(Workshop.released)/recommend", history + ["--explain", "--k", "1"]).output
    #expect(text.contains("\n      +0."))
    try workshop.run(pipeline: "pipeline.yaml")
    for item in try answer(workshop, history + ["--explain"]).recommendations {
      let explanation = try #require(item.explanation)
      #expect(explanation.kind == "contributions" && explanation.reasons.count == 3)
      #expect(abs(try #require(explanation.remainder)) < 1e-4 * max(1, abs(item.score)), "\(item)")
    }
    let similar = try answer(workshop, ["42", "--explain"])
    #expect(similar.recommendations.allSatisfy { $0.explanation?.kind == "similarities" })
    #expect(try answer(workshop, ["nobody", "--explain"]).recommendations.allSatisfy { $0.explanation == nil })
  }

  @Test("writes the same list for every user as a single query gets, on any number of threads")
  func everyUser() throws {
    let workshop = try Workshop.withReleasedPrograms()
    try workshop.run(pipeline: "pipeline.yaml")
    func write(_ output: String, _ arguments: String...) throws -> Workshop.Result {
      try workshop.run(
        "\(Workshop.released)/recommend",
        ["--all-users", "--k", "7", "--exclude-seen", "--output", output] + arguments)
    }
    for (number, format) in ["artifact", "csv", "json-lines"].enumerated() {
      #expect(try write("one\(number)", "--format", format, "--threads", "1").status == 0)
      #expect(try write("two\(number)", "--format", format, "--threads", "2").status == 0)
      let files = try ["one", "two"].map {
        try Data(contentsOf: URL(fileURLWithPath: "\(workshop.folder)/\($0)\(number)"))
      }
      #expect(files[0] == files[1])
    }
    let lines = try String(contentsOfFile: "\(workshop.folder)/one2", encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 943)
    for line in stride(from: 0, to: lines.count, by: 41).map({ lines[$0] }) {
      let listed = try JSONDecoder().decode(Answer.self, from: Data(line.utf8))
      let alone = try answer(workshop, [listed.query, "--k", "7", "--exclude-seen"])
      #expect(listed.recommendations.map(\.candidate) == alone.recommendations.map(\.candidate))
      #expect(listed.recommendations.map(\.score) == alone.recommendations.map(\.score))
    }
    let shown = try workshop.released("inspect", "one0")
    #expect(shown.output.contains("recommendations version 1") && shown.output.contains("lists/scores"))
    #expect(try workshop.released("inspect", "verify", "one0").status == 0)
    let again = try write("one1")
    #expect(again.status == 1 && again.error.hasPrefix("recommend: one1: exists already"))
    #expect(!workshop.list("").contains { $0.hasSuffix(".unfinished") })
    #expect(try workshop.released("recommend", "--all-users").status == 64)
    #expect(try workshop.released("recommend", "42", "--all-users", "--output", "x").status == 64)
    #expect(try workshop.released("recommend", "42", "--output", "x").status == 64)
  }
}
