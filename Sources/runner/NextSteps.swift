import Artifacts
import CanonicalJSON
import Pipeline
import SystemFiles

/// Suggests what to do next with the outputs of a run: commands of Tandem's own tools, by type of artifact.
struct NextSteps {
  let record: RunRecord
  let pipeline: CheckedPipeline

  var lines: [String] { ["What next:"] + [recommend, inspect, recipes].compactMap { $0.map { "  \($0)" } } }

  private var artifacts: String { Files.folder(of: Files.folder(of: record.folder)) }
  private var isDefaultStore: Bool { artifacts == "artifacts" }

  /// Lists for a query of the servable.
  private var recommend: String? {
    guard let (stage, port) = output(of: "servable"),
      let file = record.entries.first(where: { $0.stage == stage })?.outputs[port]
    else { return nil }
    let sample = pipeline.stage(stage)?.params["sample"]?.string ?? "ID"
    let latest = "\(Files.folder(of: Files.folder(of: file.path)))/latest/\(port).tandem"
    return "swift run -c release recommend \(sample.shellWord)\(isDefaultStore ? "" : " --servable \(latest)")"
  }

  /// Shows what the model learned, or the outputs of the first stage.
  private var inspect: String? {
    (output(of: "model")?.stage ?? pipeline.stages.first?.name).map { stage in
      "swift run -c release inspect \(stage)\(isDefaultStore ? "" : " --artifacts \(artifacts)")"
    }
  }

  /// Points from the recipe of the tutorial to the others.
  private var recipes: String? {
    let isTuned = pipeline.stages.contains { stage in stage.description.outputs.contains { $0.type == "recipe" } }
    guard !isTuned, pipeline.stages.contains(where: { $0.params["objective"]?.string == "softmax" }) else { return nil }
    return "pipelines/your-data.yaml has the recipe for real use, Docs/explanation/training.md (\"Recipes\") has others"
  }

  private func output(of type: String) -> (stage: String, port: String)? {
    for stage in pipeline.stages {
      if let port = stage.description.outputs.first(where: { $0.type == type }) { return (stage.name, port.name) }
    }
    return nil
  }
}
