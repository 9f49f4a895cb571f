import Artifacts
import DisplayText
import SystemFiles
import Tables

/// The rule for a row that cannot be read.
package enum BadRowRule: String, CaseIterable, Sendable {
  case fail, skip
}

/// Somebody's own data: a table of interactions, and perhaps tables of the candidates and of the users.
package struct TabularSource: RawSource {
  package let format: any TableFormat
  package var roles: Interactions.Roles
  /// A file of interactions in a folder, a folder of parts, or a pattern of their paths; all files but those of the
  /// catalog and of the users if `nil`.
  package var interactionsFile: String?
  package var catalogFile: String?
  /// The catalog's column of candidates; the interactions' if `nil`.
  package var catalogKey: String?
  /// The catalog's column of names for people, where keys are none.
  package var candidateName: String?
  package var usersFile: String?
  /// The users' column of queries; the interactions' if `nil`.
  package var usersKey: String?
  package var onBadRow = BadRowRule.fail
  /// The greatest share of the lines of a table that may be lost where bad rows are left out.
  package var maxBadRows = 0.01
  package var reading = ReadingRules()
  package var rules = RowRules()

  package init(format: any TableFormat, roles: Interactions.Roles) {
    self.format = format
    self.roles = roles
  }

  /// Reads a file, or the files of a folder.
  ///
  /// - Throws: `DataError` for the first row that cannot be read, or if too many cannot.
  package func read(_ source: String) throws -> Ingested {
    let files = SourceFiles(
      source: source, interactionsFile: interactionsFile, catalogFile: catalogFile, usersFile: usersFile)
    let parts = try files.interactions()
    let table = try readInteractions(parts, source)
    let catalog = try (files.catalog() ?? (format.holdsCatalog ? parts : nil)).map { try readCatalog($0, source) }
    let users = try (files.users() ?? (format.holdsUsers ? parts : nil)).map { try readUsers($0, source) }
    let rejects = table.rejects + (catalog?.rejects ?? []) + (users?.rejects ?? [])
    if onBadRow == .fail, let first = rejects.first { throw DataError.badRows(first: first, count: rejects.count) }
    let name = parts.count == 1 ? Files.name(of: parts[0]) : Files.name(of: source)
    let described = [catalog?.catalog, users?.catalog].compactMap { $0 }
    try checkLists(table.columns + described.flatMap(\.table.columns), name)
    let counts = table.ruleCounts ?? []
    guard table.rows > 0 else {
      let left = counts.filter { $0.rows > 0 }.map(\.rule)
      throw left.isEmpty
        ? DataError.noRows(name) : DataError.noRowsLeft(name, rule: left.joined(separator: ", "))
    }
    let (interactions, ruled) = try rules.apply(
      to: Interactions(columns: table.columns, rows: table.rows, roles: roles), file: name)
    var ingested = Ingested(
      interactions: interactions,
      catalog: try catalog?.catalog ?? Self.distinct(roles.candidate, of: interactions),
      users: try users?.catalog ?? Self.distinct(roles.query, of: interactions), rejects: rejects,
      timeUnit: table.timeUnit)
    ingested.ruleCounts = counts + ruled
    return ingested
  }

  private func readInteractions(_ parts: [String], _ source: String) throws -> RawTable {
    var columns: [String: ColumnRole] = [:]
    if let name = rules.weights?.column { columns[name] = .text }
    if let name = roles.weight { columns[name] = .weight }
    if let name = roles.timestamp { columns[name] = .timestamp }
    columns[roles.query] = .key
    columns[roles.candidate] = .key
    return try readTable(parts, TableRequest(part: .interactions, roles: columns, source: source, rules: reading))
  }

  private func readCatalog(_ parts: [String], _ source: String) throws -> (catalog: Catalog, rejects: [Reject]) {
    let key = catalogKey ?? roles.candidate
    var columns = [key: ColumnRole.key]
    if let candidateName, candidateName != key { columns[candidateName] = .text }
    let table = try readTable(parts, TableRequest(part: .catalog, roles: columns, source: source, rules: reading))
    let catalog = Catalog(
      columns: table.columns, rows: table.rows, key: key, referencedBy: roles.candidate, nameColumn: candidateName)
    return (catalog, table.rejects)
  }

  private func readUsers(_ parts: [String], _ source: String) throws -> (catalog: Catalog, rejects: [Reject]) {
    let key = usersKey ?? roles.query
    let table = try readTable(parts, TableRequest(part: .users, roles: [key: .key], source: source, rules: reading))
    return (
      Catalog(columns: table.columns, rows: table.rows, key: key, referencedBy: roles.query), table.rejects
    )
  }

  /// Few rows may be bad by chance; many are a file that was not understood.
  private func readTable(_ parts: [String], _ request: TableRequest) throws -> RawTable {
    let table = try format.read(parts: parts, request)
    let lost = table.rejects.reduce(0) { $0 + $1.lines }
    if onBadRow == .skip, let first = table.rejects.first, Double(lost) > maxBadRows * Double(table.lines) {
      throw DataError.tooManyBadRows(first: first, lost: lost, lines: table.lines, share: maxBadRows)
    }
    let file = parts.first.map(request.name) ?? request.source
    let lists = reading.lists.filter { request.roles[$0] == nil }
    return try table.keeping(request, file).cuttingLists(lists, at: reading.listSeparator)
  }

  /// Refuses columns of lists that no table has, or that need one value a row.
  private func checkLists(_ columns: [Column], _ file: String) throws(DataError) {
    for name in reading.lists {
      guard let column = columns.first(where: { $0.name == name }) else {
        let names = columns.map(\.name)
        throw .badSource(file, .noColumn(name, near: nearestName(to: name, among: names), columns: names))
      }
      guard column.kind == .textList else { throw .badSource(file, .listWithRole(name)) }
    }
  }

  /// A catalog of the names alone.
  static func distinct(_ column: String, of interactions: Interactions) throws -> Catalog {
    let values = try interactions.text(column).dictionary
    return Catalog(columns: [Column(column, .text(TextColumn(distinct: values)))], rows: values.count, key: column)
  }
}
