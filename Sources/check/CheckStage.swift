import ArgumentParser
import Artifacts
import DataChecks
import Interactions
import StageKit

@main
struct CheckStage: Stage {
  static let name = "check"
  static let version = 1
  static let summary = "Take statistics of the data, and judge whether they may be used."
  static let inputs = [
    Port("interactions", Interactions.type), Port("catalog", Catalog.candidates, optional: true),
    Port("users", Catalog.users, optional: true), Port("rejects", Reject.type, optional: true),
    Port("previous", DataStatistics.type, or: Interactions.type, optional: true),
    Port.source("expectations", optional: true),
  ]
  static let outputs = [Port("statistics", DataStatistics.type), Port("verdict", DataVerdict.type)]

  @OptionGroup(title: "Artifacts")
  var files: StageFiles

  @Option(
    help: ArgumentHelp(
      "Day up to which the data should be complete, as 2026-11-28; the last that has rows if not given.",
      valueName: "day"))
  var asOf: String?

  func validate() throws { _ = try day() }

  private func day() throws -> Int? {
    guard let asOf else { return nil }
    guard let day = DayRows.day(asOf) else {
      throw ValidationError("--as-of is \"\(asOf)\"; give a day, as 2026-11-28")
    }
    return day
  }

  func run(in context: StageContext) throws {
    let expectations = try context.optionalSource("expectations").map { try Expectations(path: $0) } ?? Expectations()
    let earlier = try context.optionalInput("previous").map { try earlierStatistics($0, expectations.profiler) }
    let interactions = try context.input("interactions")
    let (catalog, users) = (try context.optionalInput("catalog"), try context.optionalInput("users"))
    let rejects = try context.optionalInput("rejects")
    let statistics = try expectations.profiler.statistics(
      of: interactions, catalog: catalog, users: users, rejects: rejects, after: earlier)
    let tables = try CheckedTables(interactions: interactions, catalog: catalog, users: users, rejects: rejects)
    let verdict = try DataCheck(statistics, expectations, tables, earlier: earlier, asOf: day()).verdict()

    let lineage = try context.lineage()
    try statistics.publish(to: context.output("statistics"), lineage: lineage)
    try verdict.publish(to: context.output("verdict"), lineage: lineage)
    for anomaly in verdict.anomalies { context.note("\(anomaly.severity.rawValue): \(anomaly.line)") }
    if verdict.anomalies.isEmpty { context.note(verdict.statement) }
  }

  private func earlierStatistics(_ file: ArtifactFile, _ profiler: DataProfiler) throws -> DataStatistics {
    file.header.type == DataStatistics.type.name
      ? try DataStatistics(file) : try profiler.statistics(of: file)
  }
}
