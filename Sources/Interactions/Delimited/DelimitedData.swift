import Artifacts
import DisplayText
import SystemFiles
import Tables

/// Somebody's own data: a delimited file of interactions, and perhaps one of the candidates.
package struct DelimitedData: Sendable {
  package var roles: Interactions.Roles
  package var interactionsFile: String?
  package var catalogFile: String?
  /// The column of the catalog that names the candidate; the interactions' if nil.
  package var catalogKey: String?
  /// The column of the catalog with candidates' names for people, where keys are none.
  package var candidateName: String?
  /// By the file's name if nil.
  package var separator: UInt8?
  package var hasHeader = true
  package var columns: [String] = []
  package var encoding = TextEncoding.utf8
  package var onBadRow = BadRowRule.fail
  /// Share of the lines that may be lost where bad rows are left out.
  package var maxBadRows = 0.01
  package var timeUnit = TimeUnit.auto

  package init(roles: Interactions.Roles) { self.roles = roles }

  /// - Parameter source: a file, or the folder that holds the files.
  package func read(source: String) throws -> Ingested {
    let path = try interactionsPath(source)
    var wanted: [String: DelimitedTable.Role] = [:]
    if let name = roles.weight { wanted[name] = .weight }
    if let name = roles.timestamp { wanted[name] = .timestamp }
    wanted[roles.query] = .key
    wanted[roles.candidate] = .key
    let interactions = try DelimitedTable(path: path, form: form(path, columns: columns), roles: wanted).read()
    var rejects = interactions.rejects
    try checkBound(interactions, Files.name(of: path))
    var catalog: Catalog?
    if let catalogFile {
      let path = try self.path(of: catalogFile, in: source, param: "catalog-file")
      let key = catalogKey ?? roles.candidate
      var wanted = [key: DelimitedTable.Role.key]
      if let candidateName, candidateName != key { wanted[candidateName] = .text }
      let table = try DelimitedTable(path: path, form: form(path, columns: []), roles: wanted).read()
      catalog = Catalog(
        columns: table.columns, rows: table.rows, key: key, referencedBy: roles.candidate, nameColumn: candidateName)
      rejects += table.rejects
      try checkBound(table, Files.name(of: path))
    }
    if onBadRow == .fail, let first = rejects.first { throw DataError.badRows(first: first, count: rejects.count) }
    guard interactions.rows > 0 else { throw DataError.noRows(Files.name(of: path)) }
    let rows = Interactions(columns: interactions.columns, rows: interactions.rows, roles: roles)
    var ingested = Ingested(
      interactions: rows,
      catalog: try catalog ?? Self.distinct(roles.candidate, of: rows),
      users: try Self.distinct(roles.query, of: rows), rejects: rejects)
    ingested.timeUnit = interactions.timeUnit
    return ingested
  }

  /// Few rows may be bad by chance; many are a file that was not understood.
  private func checkBound(_ table: DelimitedTable.Result, _ file: String) throws {
    let lost = table.rejects.reduce(0) { $0 + $1.lines }
    guard onBadRow == .skip, let first = table.rejects.first, Double(lost) > maxBadRows * Double(table.lines) else {
      return
    }
    throw DataError.tooManyBadRows(first: first, lost: lost, lines: table.lines, share: maxBadRows)
  }

  private func form(_ path: String, columns: [String]) -> DelimitedForm {
    var form = DelimitedForm(separator: separator ?? DelimitedForm.separator(forFile: path))
    form.hasHeader = hasHeader
    form.columns = columns
    form.encoding = encoding
    form.timeUnit = timeUnit
    return form
  }

  /// Nothing is known but the names.
  private static func distinct(_ column: String, of interactions: Interactions) throws -> Catalog {
    let values = try interactions.text(column).dictionary.array
    return Catalog(columns: [Column(column, text: values)], rows: values.count, key: column)
  }

  private func interactionsPath(_ source: String) throws -> String {
    guard Files.isFolder(source) else {
      for (param, value) in [("interactions-file", interactionsFile), ("catalog-file", catalogFile)] where value != nil
      {
        throw DataError.badFile(
          file: source, reason: "it is one file, and \(param) names a file of a folder; make the folder the source")
      }
      return source
    }
    if let interactionsFile { return try path(of: interactionsFile, in: source, param: "interactions-file") }
    let names = try SourceDigest.names(under: source).filter { $0 != catalogFile }
    guard names.count == 1 else {
      throw DataError.badFile(
        file: source,
        reason: names.isEmpty
          ? "it holds no file of interactions"
          : "it holds \(names.prefix(5).joined(separator: ", ")); say which with interactions-file")
    }
    return "\(source)/\(names[0])"
  }

  /// Only what the source's digest covers may be read.
  private func path(of name: String, in source: String, param: String) throws -> String {
    let names = try SourceDigest.names(under: source)
    guard names.contains(name) else {
      let near = nearestName(to: name, among: names).map { "did you mean \"\($0)\"?" }
      throw DataError.badFile(
        file: source,
        reason: "\(param): it has no \"\(name)\"; \(near ?? "there are \(names.prefix(5).joined(separator: ", "))")")
    }
    return "\(source)/\(name)"
  }
}
