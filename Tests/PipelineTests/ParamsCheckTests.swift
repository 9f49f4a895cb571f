import Foundation
import Testing

@Suite("Params that a program refuses", .serialized)
struct ParamsCheckTests {
  /// A stage, and one behind it whose program refuses its params unless it is given the input b.
  private func workshop(_ inputs: String = "a: start.out") throws -> Workshop {
    let workshop = try Workshop()
    try FileManager.default.createSymbolicLink(
      atPath: "\(workshop.folder)/careful.py", withDestinationPath: Workshop.stage)
    try workshop.write(
      """
      stages:
        start: { program: ./careful.py }
        end:
          program: ./careful.py
          inputs: { \(inputs) }
          params: { text: words, words: [a, b], mode: fail }

      """, to: "pipeline.yaml")
    return workshop
  }

  @Test("stop a run before its first stage runs")
  func run() throws {
    let workshop = try workshop()
    let result = try workshop.runner("pipeline.yaml")
    #expect(result.status == 1, "\(result.said)")
    #expect(result.error.contains("runner: end: --mode=fail: it would fail; nothing has run\n"), "\(result.said)")
    #expect(workshop.list("artifacts/start").isEmpty)
    #expect(try workshop.record().state == "failed")
    // Another value is taken.
    #expect(try workshop.runner("pipeline.yaml", "--set", "end.mode=ok").status == 0)
  }

  @Test("are an error of validate, with their place")
  func validate() throws {
    let result = try workshop().runner("validate", "pipeline.yaml")
    #expect(result.status == 1)
    #expect(result.error.contains("pipeline.yaml:6:43: end: --mode=fail: it would fail\n"), "\(result.said)")
  }

  @Test("are judged with the inputs that the stage is given")
  func inputs() throws {
    #expect(try workshop("b: start.out").runner("validate", "pipeline.yaml").status == 0)
  }

  @Test("stop a run on Slurm before a job is submitted")
  func slurm() throws {
    let slurm = try FalseSlurm()
    try FileManager.default.createSymbolicLink(
      atPath: "\(slurm.workshop.folder)/careful.py", withDestinationPath: Workshop.stage)
    try slurm.workshop.write(
      "stages:\n  start: { program: ./careful.py, params: { mode: fail } }\n", to: "pipeline.yaml")
    let result = try slurm.run()
    #expect(result.status == 1 && result.error.contains("start: --mode=fail: it would fail"), "\(result.said)")
    #expect(!slurm.workshop.list("slurm").contains("state.json"))
  }

  @Test(
    "of the package's stages are refused by validate, which knows what goes together",
    arguments: [
      ("train", "patience: 2", "--patience: give --input validation=FILE, which says when to stop"),
      ("split", "by: random, validation: 5", "--validation is 5, and nothing takes those rows; "),
      ("split", "by: last, history-share: 0.5", "--history-share goes with --by=user"),
      ("evaluate", "protocol: next", "--protocol=next ranks all candidates, and looks into no index; "),
      ("evaluate", "bootstrap: 0", "a verdict rests on intervals, and --bootstrap is 0; "),
      ("evaluate", "gate-metric: ndcg@7", "--gate-metric is ndcg@7; give one of "),
    ])
  func stages(_ stage: String, _ params: String, _ reason: String) throws {
    let workshop = try Workshop.withReleasedPrograms()
    func given(_ name: String) -> String { name == stage ? "\n    params: { \(params) }" : "" }
    try workshop.write(
      """
      sources:
        orders: { path: orders.csv }
      stages:
        ingest:
          inputs: { source: sources.orders }
          params: { format: delimited, query: who, candidate: what }
        vocab:
          inputs: { interactions: ingest.interactions }
        split:
          inputs: { interactions: ingest.interactions }\(given("split"))
        train:
          inputs: { train: split.train, vocabularies: vocab.vocabularies }\(given("train"))
        index:
          inputs: { model: train.model }
        evaluate:
          inputs: { model: train.model, train: split.train, test: split.test, index: index.index }\(given("evaluate"))
        serve-export:
          inputs:
            { model: train.model, index: index.index, catalog: ingest.catalog, seen: split.train,
              verdict: evaluate.verdict }

      """, to: "pipeline.yaml")
    try workshop.write(Shop.oneGood().csv, to: "orders.csv")
    let result = try workshop.run(
      Workshop.runner, ["validate", "pipeline.yaml", "--stages-dir", Workshop.released])
    #expect(result.status == 1, "\(result.said)")
    #expect(result.error.contains("\(stage): \(reason)"), "\(result.said)")
  }
}
