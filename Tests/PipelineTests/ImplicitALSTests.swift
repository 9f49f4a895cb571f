import Foundation
import Testing

/// Towers by alternating least squares, from the data to an answer.
@Suite("Implicit alternating least squares on MovieLens 100K", .serialized)
struct ImplicitALSPipelineTests {
  private static let objective = ["--set", "train.objective=ials", "--set", "train.epochs=4"]

  @Test("beats popularity by far, folds in a history, and gives the same bytes on one thread")
  func pipeline() throws {
    let workshop = try Workshop.withReleasedPrograms()
    try workshop.run(pipeline: "pipeline.yaml", Self.objective)
    let metrics = try workshop.released("inspect", "evaluate.metrics", "--export", "csv", "--table", "metrics").output
    let line = try #require(
      metrics.split(separator: "\r\n").first { $0.hasPrefix("two-tower,seen-excluded,all,hit_rate,100,") })
    let value = line.split(separator: ",", omittingEmptySubsequences: false).dropFirst(6).first.flatMap { Double($0) }
    // Popularity reaches 0.415.
    #expect(try #require(value) > 0.6)
    let told = try workshop.released(
      "recommend", "--servable", "artifacts/serve-export/latest/servable.tandem", "--history", "Alien (1979)",
      "--history", "Aliens (1986)", "--k", "20")
    #expect(told.output.contains("Terminator, The (1984)"))
    let first = try workshop.released("inspect", "train.model", "--json").output
    try workshop.run(
      pipeline: "pipeline.yaml", Self.objective + ["--from", "train", "--force", "--threads", "1"])
    #expect(try workshop.released("inspect", "train.model", "--json").output == first)
  }

  @Test("refuses params of other methods, and its own with other methods, in one line")
  func refusals() throws {
    let workshop = try Workshop.withReleasedPrograms()
    func said(_ arguments: String...) throws -> Substring {
      let result = try workshop.run(
        "\(Workshop.released)/train", ["--input", "train=none", "--output", "model=out.tandem"] + arguments)
      #expect(result.status != 0 && !workshop.list("").contains("out.tandem"))
      return result.error.split(separator: "\n").first ?? ""
    }
    let refused = try said("--objective=ials", "--temperature=0.5", "--batch-size=512", "--optimizer=adam")
    #expect(
      refused
        == "train: --batch-size, --temperature, --optimizer: for --objective=softmax, and this training is "
        + "--objective=ials; leave it out")
    #expect(
      try said("--objective=ials", "--audit")
        == "train: --audit: shows a batch of pairs, and --objective=ials has none; leave it out")
    #expect(
      try said("--regularization=0.1", "--unobserved-weight=1")
        == "train: --unobserved-weight, --regularization: for --objective=ials, and this training is "
        + "--objective=softmax; leave it out")
    #expect(
      try said("--objective=ials", "--regularization=0") == "train: --regularization is 0.0; give a number above 0")
    #expect(
      try said("--objective=ials", "--regularization-exponent=3")
        == "train: --regularization-exponent is 3.0; give a number from 0 to 2")
  }
}
