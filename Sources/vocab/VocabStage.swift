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
    Port("users", Catalog.users, optional: true),
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

  @Option(
    help: ArgumentHelp(
      "Feature of the queries, a column of the users: as for candidates. Repeat for several.", valueName: "feature"))
  var queryFeatures: [String] = []

  @Option(
    help: ArgumentHelp(
      "Feature of the context in which a query is asked, a column of the interactions: as for candidates, such as "
        + "\"timestamp: hour\". Repeat for several.", valueName: "feature"))
  var contextFeatures: [String] = []

  func run(in context: StageContext) throws {
    let interactions = try Interactions(context.input("interactions"))
    let catalog = try context.optionalInput("catalog").map { try Catalog($0) }
    let users = try context.optionalInput("users").map { try Catalog($0) }
    let queryColumn = query ?? interactions.roles.query
    let candidateColumn = candidate ?? interactions.roles.candidate
    let vocabularies = Vocabularies(
      query: Vocabulary(column: queryColumn, interactions: try interactions.text(queryColumn)),
      candidate: Vocabulary(
        column: candidateColumn, interactions: try interactions.text(candidateColumn),
        catalog: try catalog?.values(of: candidateColumn)))
    context.note(
      "\(vocabularies.query.values.count) distinct \(queryColumn), "
        + "\(vocabularies.candidate.values.count) distinct \(candidateColumn)")
    var features = DeclaredFeatures()
    var encodings: [TowerSide: SparseMatrix] = [:]
    for (side, declarations, described, port) in [
      (TowerSide.query, queryFeatures, users, "users"), (.candidate, candidateFeatures, catalog, "catalog"),
    ] {
      guard let first = declarations.first else { continue }
      guard let described else { throw FeatureError.noTable(side: side, feature: first, port: port) }
      let vocabulary = vocabularies[side]
      let things = DescribedThings(
        described.table, name: "the \(port)", keys: try described.values(of: vocabulary.column),
        things: vocabulary.values)
      features.areDeclared = true
      features[side] = try FeatureSet(
        declarations, of: things,
        names: [described.key, described.nameColumn, vocabulary.column].compactMap { $0 })
      guard !features[side].isEmpty else {
        context.note("no column of the \(port) describes several of them, so that they have no features")
        continue
      }
      encodings[side] = try EncodedFeatures(features[side], of: things).matrix
      for feature in features[side].features {
        context.note("\(side.rawValue) feature \(feature.declaration.text): \(feature.contents)")
      }
    }
    try learnContext(&features, interactions, context)
    try vocabularies.publish(
      to: context.output("vocabularies"), lineage: context.lineage(), features: features, encodings: encodings)
  }

  /// Learns the features of the context, and warns of those that leak the future.
  private func learnContext(
    _ features: inout DeclaredFeatures, _ interactions: Interactions, _ context: StageContext
  ) throws {
    guard !contextFeatures.isEmpty else { return }
    let roles = interactions.roles
    features.areDeclared = true
    features.context = try FeatureSet(
      contextFeatures, of: DescribedThings(rowsOf: interactions.table, name: "the interactions"),
      names: [roles.query, roles.candidate, roles.timestamp, roles.weight, roles.previous].compactMap { $0 })
    if let column = features.context.columns.first(where: { features.query.columns.contains($0) }) {
      throw FeatureError.twoMeanings(column: column)
    }
    for feature in features.context.features {
      context.note("context feature \(feature.declaration.text): \(feature.contents)")
      guard feature.declaration.column == roles.timestamp, feature.kind.isAbsolute else { continue }
      context.note(
        "warning: context feature \(feature.declaration.text) is an absolute time: a split at random shows training "
          + "what was chosen at the very time of each test row, which no request has; judge it by a split by time, or "
          + "declare a part of the time, as \"\(feature.declaration.column): hour\"")
    }
  }
}
