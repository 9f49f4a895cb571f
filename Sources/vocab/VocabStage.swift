import ArgumentParser
import Artifacts
import Features
import Interactions
import LinearAlgebra
import StageKit
import Tables

@main
struct VocabStage: Stage {
  static let name = "vocab"
  static let version = 2
  static let summary =
    "List the distinct queries and candidates, in the order of their bytes, and learn their features."
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

  @Option(
    help: ArgumentHelp(
      "Feature of the candidates, a column of the catalog: COLUMN or \"COLUMN: KIND\", as \"genres: list\"; auto: all "
        + "columns that describe several candidates. Repeat for several.",
      valueName: "feature"))
  var candidateFeatures: [String] = []

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
    let things = try catalog.map { catalog in
      DescribedThings(
        catalog.table, name: "the catalog", keys: try catalog.values(of: candidateColumn),
        things: vocabularies.candidate.values)
    }
    let features = try features(of: vocabularies, catalog, things, context)
    var encodings: [String: SparseMatrix] = [:]
    if let things, !features.candidate.isEmpty {
      encodings["candidate"] = try EncodedFeatures(features.candidate, of: things).matrix
    }
    try vocabularies.publish(
      to: context.output("vocabularies"), lineage: context.lineage(), features: features, encodings: encodings)
    context.note(
      "\(vocabularies.query.values.count) distinct \(queryColumn), "
        + "\(vocabularies.candidate.values.count) distinct \(candidateColumn)")
    for feature in features.candidate.features {
      context.note("candidate feature \(feature.declaration.text): \(feature.contents)")
    }
  }

  private func features(
    of vocabularies: Vocabularies, _ catalog: Catalog?, _ things: DescribedThings?, _ context: StageContext
  ) throws -> DeclaredFeatures {
    var features = DeclaredFeatures()
    guard let first = candidateFeatures.first else { return features }
    guard let catalog, let things else {
      throw FeatureError.noTable(side: "candidate", feature: first, port: "catalog")
    }
    features.areDeclared = true
    features.candidate = try FeatureSet(
      candidateFeatures, of: things,
      names: [catalog.key, catalog.nameColumn, vocabularies.candidate.column].compactMap { $0 })
    if features.candidate.isEmpty {
      context.note("no column of the catalog describes several candidates, so that they have no features")
    }
    return features
  }
}
