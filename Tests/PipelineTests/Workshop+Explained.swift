import Foundation
import Testing

/// The explanation of a new candidate's score, as `recommend --explain --json` prints it.
struct NewCandidateExplanation: Decodable {
  struct Term: Decodable {
    let name: String
    let value: Double
  }

  struct FirstInteractions: Decodable {
    let count: Int
    let value: Double
  }

  let kind: String
  let features: [Term]?
  let mean: Double?
  let firstInteractions: FirstInteractions?
  let popularity: Double?
  let remainder: Double?
}

extension Workshop {
  private struct Answer: Decodable {
    struct Item: Decodable {
      let candidate: String
      let score: Double
      let explanation: NewCandidateExplanation?
    }

    let recommendations: [Item]
  }

  /// Explains the score of a new candidate in an answer, and checks that its parts are its sum.
  func explained(
    _ candidate: String, _ arguments: [String], servable: String = "artifacts/serve-export/latest/servable.tandem"
  ) throws -> NewCandidateExplanation {
    let told = try run(
      "\(Self.released)/recommend", arguments + ["--servable", servable, "--explain", "--json"])
    #expect(told.status == 0, "\(told.error)")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let answers = try decoder.decode([Answer].self, from: Data(told.output.utf8))
    let item = try #require(answers.flatMap(\.recommendations).first { $0.candidate == candidate }, "\(told.output)")
    let explanation = try #require(item.explanation)
    #expect(explanation.kind == "candidate-features")
    let others = [explanation.mean, explanation.firstInteractions?.value, explanation.popularity]
    let sum = (explanation.features ?? []).reduce(others.reduce(0) { $0 + ($1 ?? 0) }) { $0 + $1.value }
    #expect(abs(sum - item.score) < 1e-5 * max(1, abs(item.score)), "\(item)")
    #expect(try abs(#require(explanation.remainder)) < 1e-5 * max(1, abs(item.score)))
    return explanation
  }
}
