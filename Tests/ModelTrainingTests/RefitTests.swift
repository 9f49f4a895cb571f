import ArgumentParser
import Artifacts
import CanonicalJSON
import StageKit
import TestKit
import Testing
import TwoTower

@testable import ModelTraining

@Suite("A refit")
struct RefitTests {
  private struct Making: Stage {
    static let name = "making"
    static let version = 3
    static let summary = "Make a model."
    static let inputs: [Port] = []
    static let outputs: [Port] = []
    @OptionGroup(title: "Artifacts")
    var files: StageFiles
    @Option(help: "Training method.")
    var objective = MethodName.softmax

    func run(in context: StageContext) throws {}
  }

  private func refit(_ lineage: Lineage) throws -> Refit<Making> {
    let scratch = try Scratch()
    let path = scratch.file("model.tandem")
    try ArtifactWriter(path: path, type: .test).publish(lineage: lineage, summary: Summary([]))
    return try Refit(ArtifactFile(path: path), asked: Making.parse([]))
  }

  @Test("uses the params of the judged model")
  func params() throws {
    #expect(
      try refit(Lineage(stage: "making", stageVersion: 3, params: ["objective": "ials"])).stage.objective == .ials)
  }

  @Test(
    "refuses a model of another program, or of an earlier build with other params",
    arguments: [
      (Lineage(stage: "making", stageVersion: 2), "making 2"),
      (
        Lineage(stage: "making", stageVersion: 3, params: ["objective": "ensemble"]),
        "making 3 with params that this build of it does not take"
      ),
      (
        Lineage(stage: "making", stageVersion: 3, params: ["depth": 2]),
        "making 3 with params that this build of it does not take"
      ),
    ])
  func otherProgram(lineage: Lineage, found: String) {
    #expect(throws: ModelTrainingError.otherProgram(found: found, expected: "making 3")) { try refit(lineage) }
  }
}
