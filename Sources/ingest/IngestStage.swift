import ArgumentParser
import Artifacts
import Interactions
import StageKit
import Tables

enum RawFormat: String, ChoiceParam {
  case movieLens100K = "movielens-100k"
  case delimited
}

extension TextEncoding: ChoiceParam {}
extension BadRowRule: ChoiceParam {}
extension TimeUnit: ChoiceParam {}

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

  @Option(help: ArgumentHelp("What the raw data is.", valueName: "format"))
  var format = RawFormat.movieLens100K

  @Option(help: ArgumentHelp("Delimited: the column of the queries, such as users.", valueName: "column"))
  var query: String?

  @Option(help: ArgumentHelp("Delimited: the column of the candidates.", valueName: "column"))
  var candidate: String?

  @Option(help: ArgumentHelp("Delimited: the column of times, as numbers or ISO 8601.", valueName: "column"))
  var timestamp: String?

  @Option(help: ArgumentHelp("Delimited: a column of numbers that says how much a row counts.", valueName: "column"))
  var weight: String?

  @Option(help: ArgumentHelp("Delimited: the file of interactions, if the source is a folder.", valueName: "name"))
  var interactionsFile: String?

  @Option(help: ArgumentHelp("Delimited: the file of candidates, if the source is a folder.", valueName: "name"))
  var catalogFile: String?

  @Option(
    help: ArgumentHelp("Delimited: the catalog's column of candidates, if it has another name.", valueName: "column"))
  var catalogKey: String?

  @Option(
    help: ArgumentHelp("Delimited: the catalog's column of names, to be shown beside the ids.", valueName: "column"))
  var candidateName: String?

  @Option(
    help: ArgumentHelp(
      "Delimited: one character, or \"tab\"; tab for .tsv and .tab, else a comma.", valueName: "character"))
  var separator: String?

  @Option(help: ArgumentHelp("Delimited: whether the first row names the columns.", valueName: "boolean"))
  var header = true

  @Option(help: ArgumentHelp("Delimited: names of the interactions' columns; repeat.", valueName: "name"))
  var columns: [String] = []

  @Option(help: ArgumentHelp("Delimited: how the text is encoded.", valueName: "name"))
  var encoding = TextEncoding.utf8

  @Option(help: ArgumentHelp("Delimited: what to do about rows that cannot be read.", valueName: "rule"))
  var onBadRow = BadRowRule.fail

  @Option(
    help: ArgumentHelp("Delimited: share of the lines that on-bad-row skip may leave out.", valueName: "share"))
  var maxBadRows = 0.01

  @Option(
    help: ArgumentHelp("Delimited: what numbers in the column of times count; auto finds it.", valueName: "unit"))
  var timeUnit = TimeUnit.auto

  @Option(
    help: ArgumentHelp(
      "Add what the query chose before, a row for each different candidate of so many rows: for item-to-item.",
      valueName: "rows"))
  var previous = 0

  static let longestWindow = 100

  func validate() throws {
    guard 0...1 ~= maxBadRows else { throw ValidationError("--max-bad-rows is \(maxBadRows); give a share, 0 to 1") }
    if maxBadRows != 0.01, onBadRow != .skip { throw ValidationError("--max-bad-rows goes with --on-bad-row=skip") }
    if timeUnit != .auto, timestamp == nil { throw ValidationError("--time-unit goes with --timestamp") }
    guard 0...Self.longestWindow ~= previous else {
      throw ValidationError("--previous is \(previous); give 0 to \(Self.longestWindow) rows")
    }
    if format == .movieLens100K {
      let given: [(String, Bool)] = [
        ("query", query != nil), ("candidate", candidate != nil), ("timestamp", timestamp != nil),
        ("weight", weight != nil), ("interactions-file", interactionsFile != nil), ("catalog-file", catalogFile != nil),
        ("catalog-key", catalogKey != nil), ("candidate-name", candidateName != nil), ("separator", separator != nil),
        ("header", !header),
        ("columns", !columns.isEmpty), ("encoding", encoding != .utf8), ("on-bad-row", onBadRow != .fail),
        ("max-bad-rows", maxBadRows != 0.01), ("time-unit", timeUnit != .auto),
      ]
      for (name, isGiven) in given where isGiven {
        throw ValidationError("--\(name) is for --format delimited; movielens-100k is read as it is")
      }
    } else {
      for (name, value) in [("catalog-key", catalogKey), ("candidate-name", candidateName)] where value != nil {
        if catalogFile == nil { throw ValidationError("--\(name) is for a --catalog-file") }
      }
      if previous > 0, timestamp == nil {
        throw ValidationError("--previous goes by time; name the column of times with --timestamp")
      }
      if let query, query == candidate { throw ValidationError("--query and --candidate are both \"\(query)\"") }
    }
    _ = try separatorByte()
  }

  func run(in context: StageContext) throws {
    let source = context.source("source")
    var ingested = format == .movieLens100K ? try MovieLens.read(folder: source) : try delimited().read(source: source)
    let first = previous > 0 ? try addPrevious(to: &ingested) : nil
    let lineage = try context.lineage()
    try ingested.interactions.publish(to: context.output("interactions"), lineage: lineage)
    try ingested.catalog.publish(to: context.output("catalog"), type: Catalog.candidates, lineage: lineage)
    try ingested.users.publish(to: context.output("users"), type: Catalog.users, lineage: lineage)
    try Reject.publish(ingested.rejects, to: context.output("rejects"), lineage: lineage)
    context.note(
      "\(ingested.interactions.count) interactions, \(ingested.catalog.table.rows) in the catalog, "
        + "\(ingested.users.table.rows) users")
    if let first { context.note(first) }
    if let unit = ingested.timeUnit, unit != .seconds { context.note("times are \(unit.rawValue), kept as seconds") }
    for line in try OddIdentifiers(ingested.interactions).lines { context.note(line) }
    if let first = ingested.rejects.first {
      let lost = ingested.rejects.reduce(0) { $0 + $1.lines }
      let lines = lost == ingested.rejects.count ? "" : " (\(lost) lines)"
      context.note("\(ingested.rejects.count) bad rows\(lines) left out, the first: \(first.error)")
    }
    let unlisted = ingested.unlistedCandidates
    if unlisted > 0 { context.note("\(unlisted) candidates of interactions are not in the catalog") }
  }

  /// - Returns: a line about it.
  private func addPrevious(to ingested: inout Ingested) throws -> String {
    let (rows, roles) = (ingested.interactions.count, ingested.interactions.roles)
    let (interactions, first) = try ingested.interactions.withPrevious(previous)
    ingested.interactions = interactions
    return "of \(rows) rows \(first) are the first of their \(roles.query), and left out; "
      + "the others come once for each \(interactions.previousColumn) of \(previous == 1 ? "the row" : "the \(previous) rows") before"
  }

  private func delimited() throws -> DelimitedData {
    guard let query, let candidate else {
      throw ValidationError("--format delimited needs --query and --candidate: the columns that say who and what")
    }
    var data = DelimitedData(
      roles: .init(query: query, candidate: candidate, timestamp: timestamp, weight: weight))
    data.interactionsFile = interactionsFile
    data.catalogFile = catalogFile
    data.catalogKey = catalogKey
    data.candidateName = candidateName
    data.separator = try separatorByte()
    data.hasHeader = header
    data.columns = columns
    data.encoding = encoding
    data.onBadRow = onBadRow
    data.maxBadRows = maxBadRows
    data.timeUnit = timeUnit
    return data
  }

  private func separatorByte() throws -> UInt8? {
    guard let separator else { return nil }
    if ["tab", "\\t"].contains(separator) { return UInt8(ascii: "\t") }
    guard separator.utf8.count == 1, let byte = separator.utf8.first, byte >= 0x20 || byte == 9,
      byte != UInt8(ascii: "\"")
    else { throw ValidationError("--separator is \"\(separator)\"; give one character of ASCII, or \"tab\"") }
    return byte
  }
}
