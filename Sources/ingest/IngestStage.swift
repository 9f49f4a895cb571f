import ArgumentParser
import Artifacts
import Interactions
import StageKit
import Tables

/// A format of raw data, by its name.
enum RawFormat: String, ChoiceParam {
  case movieLens100K = "movielens-100k"
  case delimited, parquet, sqlite
}

@main
struct IngestStage: Stage {
  static let name = "ingest"
  static let version = 2
  static let summary = "Read raw data into interactions, a catalog of the candidates, and the users."
  static let inputs = [Port.source("source")]
  static let outputs = [
    Port("interactions", Interactions.type), Port("catalog", Catalog.candidates), Port("users", Catalog.users),
    Port("rejects", Reject.type),
  ]

  @OptionGroup(title: "Artifacts")
  var files: StageFiles

  @Option(help: ArgumentHelp("Format of the raw data.", valueName: "format"))
  var format = RawFormat.movieLens100K

  @OptionGroup(title: "Tables (--format delimited, parquet, sqlite)")
  var tables: TabularOptions

  @OptionGroup(title: "Delimited text (--format delimited)")
  var delimited: DelimitedOptions

  @OptionGroup(title: "Parquet (--format parquet)")
  var parquet: ParquetOptions

  @OptionGroup(title: "SQLite (--format sqlite)")
  var sqlite: SQLiteOptions

  @Option(
    help: ArgumentHelp(
      "Add what the query chose before, a row for each different candidate of so many rows: for item-to-item.",
      valueName: "rows"))
  var previous = 0

  static let longestWindow = 100

  /// Option groups and the formats that they belong to.
  private var owners: [(options: any ParsableArguments, formats: [RawFormat])] {
    [
      (tables, [.delimited, .parquet, .sqlite]), (delimited, [.delimited]), (parquet, [.parquet]), (sqlite, [.sqlite]),
    ]
  }

  func validate() throws {
    guard 0...Self.longestWindow ~= previous else {
      throw ValidationError("--previous is \(previous); give 0 to \(Self.longestWindow) rows")
    }
    for (options, formats) in owners where !formats.contains(format) {
      guard let param = options.changedParams.first else { continue }
      let names = formats.map(\.rawValue).joined(separator: " or ")
      throw ValidationError("--\(param) is for --format \(names); \(format.rawValue) is read without it")
    }
    if previous > 0, format != .movieLens100K, tables.timestamp == nil {
      throw ValidationError("--previous goes by time; name the column of times with --timestamp")
    }
    _ = try source(threads: 1)
  }

  private func source(threads: Int) throws -> any RawSource {
    switch format {
    case .movieLens100K: MovieLens()
    case .delimited: try tables.source(delimited.format(), named: format.rawValue)
    case .parquet: try tables.source(parquet.format(threads: threads), named: format.rawValue)
    case .sqlite: try tables.source(sqlite.format(), named: format.rawValue)
    }
  }

  func run(in context: StageContext) throws {
    var ingested = try source(threads: context.threads).read(context.source("source"))
    if previous > 0 { try ingested.addPrevious(window: previous) }
    let lineage = try context.lineage()
    try ingested.interactions.publish(to: context.output("interactions"), lineage: lineage)
    try ingested.catalog.publish(to: context.output("catalog"), type: Catalog.candidates, lineage: lineage)
    try ingested.users.publish(to: context.output("users"), type: Catalog.users, lineage: lineage)
    try Reject.publish(ingested.rejects, to: context.output("rejects"), lineage: lineage)
    for note in try ingested.notes() { context.note(note) }
  }
}
