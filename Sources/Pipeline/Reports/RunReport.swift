import Artifacts

/// What the end of a run tells a person. It knows artifacts only by their summaries.
package struct RunReport {
  private let record: RunRecord
  private let pipeline: CheckedPipeline

  package init(_ record: RunRecord, pipeline: CheckedPipeline) {
    self.record = record
    self.pipeline = pipeline
  }

  package var lines: [String] {
    var lines: [String] = []
    for entry in record.entries where entry.result != "reused" {
      for item in highlights(of: entry) { lines += [""] + Summary.lines(of: item) }
    }
    return lines + [""] + stages + [""] + next
  }

  private func highlights(of entry: RunRecord.Entry) -> [Summary.Item] {
    entry.outputs.sorted { $0.key < $1.key }.flatMap(\.value.highlights)
  }

  /// What was decided about the results, and where everything is.
  package var briefLines: [String] {
    record.entries.flatMap { highlights(of: $0) }.filter { if case .fact = $0 { true } else { false } }
      .flatMap { Summary.lines(of: $0) }
      + ["\(decimals(record.seconds, 2)) s in all; the run's record and logs are in \(record.folder)"]
  }

  private var stages: [String] {
    let rows = record.entries.map { entry -> [String] in
      let outcome = entry.outcome
      return [
        entry.stage, entry.result, outcome.map { decimals($0.seconds, 2) } ?? "",
        outcome?.peakBytes.map { decimals(Double($0) / 1e6, 0) } ?? "",
        entry.outputs.values.map(\.path).min().map { Files.folder(of: $0) } ?? "",
      ]
    }
    return Summary.grid([["stage", "", "seconds", "peak MB", "artifacts"]] + rows)
      + ["", "\(decimals(record.seconds, 2)) s in all; the run's record and logs are in \(record.folder)"]
  }

  private var next: [String] {
    var lines = ["What next:"]
    let types = pipeline.stages.flatMap { stage in stage.description.outputs.map { (stage.name, $0) } }
    let root = Files.folder(of: Files.folder(of: record.folder))
    let store = root == "artifacts" ? "" : " --artifacts \(root)"
    if let (stage, port) = types.first(where: { $0.1.type == "servable" }),
      let file = record.entries.first(where: { $0.stage == stage })?.outputs[port.name]
    {
      let latest = "\(Files.folder(of: Files.folder(of: file.path)))/latest/\(port.name).tandem"
      let sample = pipeline.stage(stage)?.params["sample"]?.string ?? "ID"
      let servable = root == "artifacts" ? "" : " --servable \(latest)"
      lines.append("  swift run -c release recommend \(shellWord(sample))\(servable)")
    }
    if let stage = types.first(where: { $0.1.type == "model" })?.0 ?? pipeline.stages.first?.name {
      lines.append("  swift run -c release inspect \(stage)\(store)")
    }
    if pipeline.stages.contains(where: { $0.params["objective"]?.string == "softmax" }) {
      lines.append("  pipelines/your-data.yaml has the recipe for real use, Docs/concepts.md (\"Recipes\") has others")
    }
    return lines
  }
}

/// Quotes `text` as a single shell word.
func shellWord(_ text: String) -> String {
  let isPlain = !text.isEmpty && text.utf8.allSatisfy { plainBytes.contains($0) }
  return isPlain ? text : "'\(text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''"))'"
}

private let plainBytes = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.,:@+/%".utf8)
