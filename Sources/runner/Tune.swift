import ArgumentParser
import Pipeline

struct Tune: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Find a recipe for the data: run the stage that does it, and what it needs.",
    discussion: "The stage is the one of the pipeline whose output is of type \"recipe\", such as the program tune.")

  @OptionGroup var options: RunOptions

  func run() throws {
    try options.run { pipeline in
      let stages = pipeline.stages.filter { stage in stage.description.outputs.contains { $0.type == "recipe" } }
      guard !stages.isEmpty else { throw TuneError.noStage(pipeline: pipeline.name) }
      return pipeline.withAncestors(Set(stages.map(\.name)))
    }
  }
}

enum TuneError: Error, CustomStringConvertible {
  case noStage(pipeline: String)

  var description: String {
    switch self {
    case .noStage(let pipeline):
      "the pipeline \"\(pipeline)\" has no stage that finds a recipe; add \"tune: { inputs: { train: split.train, "
        + "vocabularies: vocab.vocabularies } }\" to its stages, and give train the input \"recipe: tune.recipe\" in "
        + "place of its params"
    }
  }
}
