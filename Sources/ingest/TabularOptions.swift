import ArgumentParser
import Interactions
import StageKit

extension BadRowRule: ChoiceParam {}

/// Options of every format of tables: the roles of columns, the files, and the treatment of bad rows.
struct TabularOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Column of the queries, such as users.", valueName: "column"))
  var query: String?

  @Option(help: ArgumentHelp("Column of the candidates.", valueName: "column"))
  var candidate: String?

  @Option(help: ArgumentHelp("Column of times, as numbers or ISO 8601.", valueName: "column"))
  var timestamp: String?

  @Option(help: ArgumentHelp("Column of numbers that says how much a row counts.", valueName: "column"))
  var weight: String?

  @Option(
    help: ArgumentHelp(
      "File of interactions in a folder, a folder of parts, or a pattern such as day=*/part-*; all files if not "
        + "given.", valueName: "name"))
  var interactionsFile: String?

  @Option(
    help: ArgumentHelp("The same for the candidates, such as products.csv; no file if not given.", valueName: "name"))
  var catalogFile: String?

  @Option(help: ArgumentHelp("The catalog's column of candidates, if it has another name.", valueName: "column"))
  var catalogKey: String?

  @Option(help: ArgumentHelp("The catalog's column of names, to be shown beside the ids.", valueName: "column"))
  var candidateName: String?

  @Option(
    help: ArgumentHelp(
      "The same for the users, such as customers.csv; the distinct queries if not given.", valueName: "name"))
  var usersFile: String?

  @Option(help: ArgumentHelp("The users' column of queries, if it has another name.", valueName: "column"))
  var usersKey: String?

  @Option(help: ArgumentHelp("Rule for rows that cannot be read.", valueName: "rule"))
  var onBadRow = BadRowRule.fail

  @Option(help: ArgumentHelp("Share of the lines that on-bad-row skip may leave out.", valueName: "share"))
  var maxBadRows = 0.01

  func validate() throws {
    guard 0...1 ~= maxBadRows else { throw ValidationError("--max-bad-rows is \(maxBadRows); give a share, 0 to 1") }
    if maxBadRows != 0.01, onBadRow != .skip { throw ValidationError("--max-bad-rows goes with --on-bad-row=skip") }
  }

  /// - Parameters:
  ///   - name: of the format, on the command line.
  ///   - defaults: the columns of query and candidate, if the format has such.
  func source(
    _ format: any TableFormat, named name: String, _ rows: RowOptions,
    defaults: (query: String, candidate: String)? = nil
  ) throws -> TabularSource {
    guard let query = query ?? defaults?.query, let candidate = candidate ?? defaults?.candidate else {
      throw ValidationError("--format \(name) needs --query and --candidate: the columns that say who and what")
    }
    for (name, value) in [("catalog-key", catalogKey), ("candidate-name", candidateName)]
    where value != nil && catalogFile == nil && defaults == nil && !format.holdsCatalog {
      throw ValidationError("--\(name) is for a --catalog-file")
    }
    if usersKey != nil, usersFile == nil, defaults == nil, !format.holdsUsers {
      throw ValidationError("--users-key is for a --users-file")
    }
    if query == candidate { throw ValidationError("--query and --candidate are both \"\(query)\"") }
    var source = TabularSource(
      format: format, roles: .init(query: query, candidate: candidate, timestamp: timestamp, weight: weight))
    source.interactionsFile = interactionsFile
    source.catalogFile = catalogFile
    source.catalogKey = catalogKey
    source.candidateName = candidateName
    source.usersFile = usersFile
    source.usersKey = usersKey
    source.onBadRow = onBadRow
    source.maxBadRows = maxBadRows
    source.reading = try rows.reading()
    source.rules = try rows.rules()
    if weight != nil, source.rules.weights != nil {
      throw ValidationError("--weight and --weight-by both give weights; give one of them")
    }
    return source
  }
}
