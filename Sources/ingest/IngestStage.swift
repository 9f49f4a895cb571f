import ArgumentParser
import Artifacts
import Interactions
import StageKit
import Tables

/// A format of raw data, by its name.
enum RawFormat: String, ChoiceParam {
  /// The format is found by the content.
  case auto
  case movieLens100K = "movielens-100k"
  case movieLens = "movielens"
  case delimited, parquet, sqlite
  case jsonLines = "json-lines"
  case recBole = "recbole"
  case adjacencyList = "adjacency-list"

  /// Formats of tables, whose columns have names.
  static let tables: [RawFormat] = [
    .delimited, .jsonLines, .parquet, .sqlite, .recBole, .adjacencyList,
  ]

  var isMovieLens: Bool { self == .movieLens || self == .movieLens100K }
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

  @Option(
    help: ArgumentHelp(
      "Format of the raw data; auto finds it by the content where that is certain: MovieLens, Parquet, SQLite, JSON Lines, "
        + "RecBole, and delimited text if query and candidate are named.", valueName: "format"))
  var format = RawFormat.auto

  @OptionGroup(title: "Tables (every format but MovieLens)")
  var tables: TabularOptions

  @OptionGroup(title: "Values and rows (every format but MovieLens)")
  var rows: RowOptions

  @OptionGroup(title: "Text (--format delimited, json-lines)")
  var text: TextOptions

  @OptionGroup(title: "Delimited text (--format delimited)")
  var delimited: DelimitedOptions

  @OptionGroup(title: "Parquet (--format parquet)")
  var parquet: ParquetOptions

  @OptionGroup(title: "SQLite (--format sqlite)")
  var sqlite: SQLiteOptions

  @Option(
    help: ArgumentHelp(
      "Number of earlier rows of the query whose candidates are added, a row for each different one: for item-to-item.",
      valueName: "rows"))
  var previous = 0

  static let longestWindow = 100

  /// Option groups and the formats that they belong to.
  private var owners: [(options: any ParsableArguments, formats: [RawFormat])] {
    [
      (tables, RawFormat.tables), (rows, RawFormat.tables), (text, [.delimited, .jsonLines]),
      (delimited, [.delimited]), (parquet, [.parquet]), (sqlite, [.sqlite]),
    ]
  }

  func validate() throws {
    guard 0...Self.longestWindow ~= previous else {
      throw ValidationError("--previous is \(previous); give 0 to \(Self.longestWindow) rows")
    }
    // The options of a format that is found are looked at when it is.
    if format != .auto { try check(format) }
  }

  /// Refuses what a format is read without, or lacks.
  private func check(_ format: RawFormat) throws {
    for (options, formats) in owners where !formats.contains(format) {
      guard let param = options.changedParams.first else { continue }
      let names = formats.map(\.rawValue).joined(separator: " or ")
      throw ValidationError("--\(param) is for --format \(names); \(format.rawValue) is read without it")
    }
    if previous > 0, !format.isMovieLens, format != .recBole, tables.timestamp == nil {
      throw ValidationError("--previous goes by time; name the column of times with --timestamp")
    }
    _ = try source(format, threads: 1)
  }

  /// The format that is given, or found.
  private func format(of path: String) throws -> RawFormat {
    guard format == .auto else { return format }
    let found = try FoundFormat.of(
      path, interactionsFile: tables.interactionsFile, catalogFile: tables.catalogFile,
      usersFile: tables.usersFile, isNamed: tables.query != nil && tables.candidate != nil)
    let format: RawFormat =
      switch found {
      case .movieLens: .movieLens
      case .parquet: .parquet
      case .sqlite: .sqlite
      case .jsonLines: .jsonLines
      case .recBole: .recBole
      case .delimited: .delimited
      }
    try check(format)
    return format
  }

  private func source(_ format: RawFormat, threads: Int) throws -> any RawSource {
    switch format {
    case .auto, .movieLens100K, .movieLens: return MovieLens()
    case .delimited: return try table(delimited.format(text.encoding, threads: threads), format)
    case .jsonLines:
      var lines = JSONLinesFormat()
      lines.encoding = text.encoding
      return try table(lines, format)
    case .parquet:
      try rows.refuseText(for: format.rawValue)
      return try table(parquet.format(threads: threads), format)
    case .sqlite: return try table(sqlite.format(), format)
    case .recBole: return RecBole(try table(AtomicFileFormat(), format, defaults: (RecBole.query, RecBole.candidate)))
    case .adjacencyList:
      let names = (tables.query ?? RecBole.query, tables.candidate ?? RecBole.candidate)
      return try table(AdjacencyListFormat(query: names.0, candidate: names.1), format, defaults: names)
    }
  }

  private func table(
    _ tableFormat: any TableFormat, _ format: RawFormat, defaults: (query: String, candidate: String)? = nil
  ) throws -> TabularSource {
    try tables.source(tableFormat, named: format.rawValue, rows, defaults: defaults)
  }

  func run(in context: StageContext) throws {
    let path = context.source("source")
    let format = try format(of: path)
    let source = try source(format, threads: context.threads)
    var (ingested, lineage) = try context.reading { try source.read(path) }
    if previous > 0 { try ingested.addPrevious(window: previous) }
    try ingested.interactions.publish(
      to: context.output("interactions"), lineage: lineage, facts: ingested.facts, threads: context.threads)
    try ingested.catalog.publish(to: context.output("catalog"), type: Catalog.candidates, lineage: lineage)
    try ingested.users.publish(to: context.output("users"), type: Catalog.users, lineage: lineage)
    try Reject.publish(ingested.rejects, to: context.output("rejects"), lineage: lineage)
    if format != self.format { context.note("format \(format.rawValue), found by the content") }
    for note in try ingested.notes() { context.note(note) }
  }
}
