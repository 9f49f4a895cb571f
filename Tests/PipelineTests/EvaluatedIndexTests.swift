import Foundation
import Testing

/// `evaluate` with the input `index`, by the released programs.
@Suite("Recall of an index on the test queries of MovieLens 100K")
struct EvaluatedIndexTests {
  private static let split = "artifacts/split/latest"

  private func evaluate(_ workshop: Workshop, _ output: String, index: String, _ arguments: String...) throws
    -> Workshop.Result
  {
    let inputs = [
      "model=artifacts/train/latest/model.tandem", "train=\(Self.split)/train.tandem",
      "test=\(Self.split)/test.tandem", "index=\(index)",
    ]
    return try workshop.run(
      "\(Workshop.released)/evaluate",
      inputs.flatMap { ["--input", $0] } + [
        "--output", "metrics=\(output)", "--bootstrap=100", "--baselines=popularity",
      ]
        + arguments)
  }

  /// Numbers of a row of the table `index`: value, low, high, exact, difference.
  private func row(_ workshop: Workshop, _ metrics: String, _ start: String) throws -> [Double] {
    let line = try #require(
      workshop.exported(metrics, "--table", "index").first { $0.hasPrefix("\(start),") }, "\(start)")
    return line.split(separator: ",", omittingEmptySubsequences: false)[3...7].compactMap { Double($0) }
  }

  private func index(_ workshop: Workshop, _ output: String, _ arguments: String...) throws {
    let made = try workshop.run(
      "\(Workshop.released)/index",
      ["--input", "model=artifacts/train/latest/model.tandem", "--output", "index=\(output)"] + arguments)
    #expect(made.status == 0, "\(made.error)")
  }

  @Test("is 1 for an exact index and less for an approximate one; an index of another model is refused")
  func measured() throws {
    let workshop = try Workshop.withReleasedPrograms()
    let objective = ["--set", "train.objective=ials", "--set", "train.epochs=4", "--set", "train.dimension=32"]
    try workshop.run(pipeline: "pipeline.yaml", objective)
    let exact = try evaluate(workshop, "exact.tandem", index: "artifacts/index/latest/index.tandem")
    #expect(exact.status == 0, "\(exact.error)")
    #expect(try row(workshop, "exact.tandem", "seen-excluded,index_recall,100") == [1, 1, 1, 1, 0])
    for row in try workshop.exported("exact.tandem", "--table", "index").dropFirst() {
      #expect(row.split(separator: ",", omittingEmptySubsequences: false)[7] == "0", "\(row)")
    }
    let hitRate = try row(workshop, "exact.tandem", "seen-excluded,hit_rate,100")
    #expect(try abs(hitRate[0] - workshop.metric("exact.tandem", "two-tower,seen-excluded,all,hit_rate,100")) < 1e-3)

    try index(
      workshop, "index.tandem", "--kind=approximate", "--target-recall=0.7", "--leaves=13", "--precision=float32")
    let lossy = try evaluate(workshop, "lossy.tandem", index: "index.tandem", "--threads=1")
    #expect(lossy.status == 0, "\(lossy.error)")
    let recall = try row(workshop, "lossy.tandem", "seen-excluded,index_recall,100")
    #expect(0.4 < recall[0] && recall[0] < 0.95 && recall[1] <= recall[0] && recall[0] <= recall[2])
    #expect(try row(workshop, "lossy.tandem", "seen-excluded,hit_rate,100")[4] < 0)
    // The best few are nearly all found, and what was seen is not among them.
    #expect(try abs(row(workshop, "lossy.tandem", "seen-excluded,hit_rate,10")[4]) < 0.03)
    _ = try evaluate(workshop, "again.tandem", index: "index.tandem", "--threads=3")
    #expect(try workshop.released("inspect", "diff", "lossy.tandem", "again.tandem").status == 0)
    let said = try workshop.released("inspect", "lossy.tandem").output
    for part in [
      "index: approximate, ", "through the index (ties: candidate-order):", "index_recall@100  seen-excluded  0.",
    ] {
      #expect(said.contains(part), "\(part)")
    }

    // Of the same candidates and dimensions, and of others.
    try workshop.run(pipeline: "pipeline.yaml", objective + ["--set", "train.seed=7"])
    let other = try evaluate(workshop, "other.tandem", index: "index.tandem")
    #expect(other.status == 1)
    #expect(other.error.hasPrefix("evaluate: index.tandem: the index was made from model "))
    #expect(other.error.hasSuffix("; make the index from this model\n"))
    try workshop.run(pipeline: "pipeline.yaml", objective + ["--set", "train.dimension=16"])
    let narrow = try evaluate(workshop, "other.tandem", index: "index.tandem")
    #expect(
      narrow.error
        == "evaluate: index.tandem: the index has 32 dimensions and the model 16; make the index from this model\n")
    #expect(!workshop.list("").contains("other.tandem"))
  }
}
