import ArgumentParser
import Artifacts
import Interactions
import StageKit
import Tables

@main
struct VocabStage: Stage {
  static let name = "vocab"
  static let version = 1
  static let summary = "List the distinct queries and candidates, in the order of their bytes."
  static let inputs = [
    Port("interactions", Interactions.type), Port("catalog", Catalog.candidates, optional: true),
  ]
  static let outputs = [Port("vocabularies", Vocabularies.type)]

  @OptionGroup(title: "Artifacts")
  var files: StageFiles

  @Option(help: ArgumentHelp("Column of the queries; the interactions' own if not given.", valueName: "column"))
  var query: String?

  @Option(help: ArgumentHelp("Column of the candidates; the interactions' own if not given.", valueName: "column"))
  var candidate: String?

  func run(in context: StageContext) throws {
    let interactions = try Interactions(context.input("interactions"))
    let catalog = try context.optionalInput("catalog").map { try Catalog($0) }
    let queryColumn = query ?? interactions.roles.query
    let candidateColumn = candidate ?? interactions.roles.candidate
    let vocabularies = Vocabularies(
      query: Vocabulary(column: queryColumn, interactions: try interactions.text(queryColumn)),
      candidate: Vocabulary(
        column: candidateColumn, interactions: try interactions.text(candidateColumn),
        catalog: try catalog?.values(of: candidateColumn)))
    try vocabularies.publish(to: context.output("vocabularies"), lineage: context.lineage())
    context.note(
      "\(vocabularies.query.values.count) distinct \(queryColumn), "
        + "\(vocabularies.candidate.values.count) distinct \(candidateColumn)")
  }
}
