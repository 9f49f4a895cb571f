import ArgumentParser
import Artifacts
import Interactions
import StageKit
import Tables

enum RawFormat: String, ChoiceParam {
  case movieLens100K = "movielens-100k"
}

@main
struct IngestStage: Stage {
  static let name = "ingest"
  static let version = 1
  static let summary = "Read raw data into interactions, a catalog of the candidates, and the users."
  static let inputs = [Port.source("source")]
  static let outputs = [
    Port("interactions", Interactions.type), Port("catalog", Catalog.candidates), Port("users", Catalog.users),
    Port("rejects", Reject.type),
  ]

  @OptionGroup(title: "Artifacts")
  var files: StageFiles

  @Option(help: ArgumentHelp("What the raw data is.", valueName: "format"))
  var format = RawFormat.movieLens100K

  func run(in context: StageContext) throws {
    let ingested = try MovieLens.read(folder: context.source("source"))
    let lineage = try context.lineage()
    try ingested.interactions.publish(to: context.output("interactions"), lineage: lineage)
    try ingested.catalog.publish(to: context.output("catalog"), type: Catalog.candidates, lineage: lineage)
    try ingested.users.publish(to: context.output("users"), type: Catalog.users, lineage: lineage)
    try Reject.publish(ingested.rejects, to: context.output("rejects"), lineage: lineage)
    context.note(
      "\(ingested.interactions.count) interactions, \(ingested.catalog.table.rows) in the catalog, "
        + "\(ingested.users.table.rows) users")
  }
}
