import Artifacts
import CanonicalJSON
import ModelTraining
import TestKit
import Testing

@Suite("A recipe of an ensemble")
struct EnsembleRecipeTests {
  private let recipe = EnsembleRecipe(
    members: [
      EnsembleRecipe.Member(params: ["objective": "softmax", "epochs": 40], weight: 1),
      EnsembleRecipe.Member(params: ["objective": "ials"], weight: 0.5, epochs: 3),
    ], dimension: 64)

  @Test("is the same after it was published as a tuned recipe")
  func published() throws {
    let scratch = try Scratch()
    let file = scratch.file("recipe.tandem")
    try TunedRecipe(params: ["unknown-query": "untrained"], ensemble: recipe).publish(
      to: file, search: ["trials": []], lineage: Lineage(stage: "tune", stageVersion: 4), summary: Summary([]))
    let read = try TunedRecipe(ArtifactFile(path: file, type: TunedRecipe.type))
    #expect(read.ensemble == recipe && read.params == ["unknown-query": "untrained"])
    #expect(read.description == "2 members in 64 dimensions")
  }

  @Test("describes a member by its weight and params")
  func description() {
    #expect(recipe.members[0].description == "weight 1.0: epochs 40, objective softmax")
  }

  @Test(
    "refuses what is none",
    arguments: [
      [:], ["dimension": 8], ["dimension": 0, "members": []], ["dimension": 8, "members": [["weight": 1]]],
      ["dimension": 8, "members": [["weight": 1, "params": [:]], ["weight": 0, "params": [:]]]],
    ] as [JSON])
  func refused(json: JSON) {
    #expect(throws: ArtifactError.self) { try EnsembleRecipe(json) }
  }
}
