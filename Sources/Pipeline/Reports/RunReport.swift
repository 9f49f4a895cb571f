import Artifacts
import DisplayText
import SystemFiles

/// The report at the end of a run. It knows artifacts only by their summaries.
package struct RunReport {
  private let record: RunRecord

  package init(_ record: RunRecord) { self.record = record }

  /// The outputs, stage by stage, then a table of all stages.
  package var lines: [String] {
    var lines: [String] = []
    for entry in record.entries where entry.result != "reused" {
      for item in highlights(of: entry) { lines += [""] + Summary.lines(of: item) }
    }
    return lines + [""] + stages
  }

  private func highlights(of entry: RunRecord.Entry) -> [Summary.Item] {
    entry.outputs.sorted { $0.key < $1.key }.flatMap(\.value.highlights)
  }

  /// The verdicts, and where the record and the logs are.
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
    return alignedColumns([["stage", "", "seconds", "peak MB", "artifacts"]] + rows)
      + ["", "\(decimals(record.seconds, 2)) s in all; the run's record and logs are in \(record.folder)"]
  }
}
