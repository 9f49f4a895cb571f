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

  /// Recommends for a query that the servable knows.
  private var recommend: String? {
    guard let (stage, port) = output(of: "servable"),
      let file = record.entries.first(where: { $0.stage == stage })?.outputs[port]
    else { return nil }
    let query = Self.knownQuery(of: file.path, sample: pipeline.stage(stage)?.params["sample"]?.string) ?? "USER"
    let latest = "\(Files.folder(of: Files.folder(of: file.path)))/latest/\(port).tandem"
    return "\(Installation.command("recommend")) \(query.shellWord)\(isDefaultStore ? "" : " --servable \(latest)")"
  }

  /// Reads the servable's sorted query names; memory briefly holds all of them.
  ///
  /// - Returns: `sample` if the servable knows it, else the first name; `nil` if the names are too many or cannot be
  ///   read.
  private static func knownQuery(of path: String, sample: String?) -> String? {
    guard let file = try? ArtifactFile(path: path), let section = file.section("queries/bytes"),
      section.rawSize <= greatestNames, let bytes: [UInt8] = try? file.read("queries/bytes", shape: [-1]),
      let offsets: [UInt64] = try? file.read("queries/offsets", shape: [-1])
    else { return nil }
    let names = zip(offsets, offsets.dropFirst()).lazy.compactMap { start, end in
      start < end && end <= UInt64(bytes.count) ? bytes[Int(start)..<Int(end)] : nil
    }
    if let sample, names.contains(where: { $0.elementsEqual(sample.utf8) }) { return sample }
    return names.first { _ in true }.flatMap { String(validating: $0, as: UTF8.self) }
  }

  /// The most bytes of names that are worth reading for a suggestion.
  private static let greatestNames = 64 << 20

  /// Shows what the model learned, or the outputs of the first stage.
  private var inspect: String? {
    (output(of: "model")?.stage ?? pipeline.stages.first?.name).map { stage in
      "\(Installation.command("inspect")) \(stage)\(isDefaultStore ? "" : " --artifacts \(artifacts)")"
    }
  }

  /// Points from the recipe of the tutorial to the others.
  private var recipes: String? {
    let isTuned = pipeline.stages.contains { stage in stage.description.outputs.contains { $0.type == "recipe" } }
    guard !isTuned, pipeline.stages.contains(where: { $0.params["objective"]?.string == "softmax" }) else { return nil }
    return Installation.recipes.map { folder in
      "\(folder.recipes)/your-data.yaml has the recipe for real use, \(folder.documents)/explanation/training.md "
        + "(\"Recipes\") has others"
    }
  }

  private func output(of type: String) -> (stage: String, port: String)? {
    for stage in pipeline.stages {
      if let port = stage.description.outputs.first(where: { $0.type == type }) { return (stage.name, port.name) }
    }
    return nil
  }
}
