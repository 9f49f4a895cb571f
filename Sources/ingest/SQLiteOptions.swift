import ArgumentParser
import Interactions

/// Options of SQLite alone.
struct SQLiteOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Table or view of the interactions, if there are several.", valueName: "name"))
  var table: String?

  @Option(
    help: ArgumentHelp("SELECT statement whose rows are the interactions, in place of a table.", valueName: "statement")
  )
  var sql: String?

  @Option(help: ArgumentHelp("Table or view of the candidates.", valueName: "name"))
  var catalogTable: String?

  @Option(help: ArgumentHelp("SELECT statement whose rows are the candidates.", valueName: "statement"))
  var catalogSql: String?

  @Option(help: ArgumentHelp("Table or view of the users.", valueName: "name"))
  var usersTable: String?

  @Option(help: ArgumentHelp("SELECT statement whose rows are the users.", valueName: "statement"))
  var usersSql: String?

  func validate() throws { _ = try format() }

  func format() throws -> SQLiteFormat {
    var format = SQLiteFormat()
    format.interactions = try selection(table, sql, "")
    format.catalog = try selection(catalogTable, catalogSql, "catalog-")
    format.users = try selection(usersTable, usersSql, "users-")
    return format
  }

  private func selection(_ table: String?, _ sql: String?, _ prefix: String) throws -> SQLiteFormat.Selection? {
    guard table == nil || sql == nil else {
      throw ValidationError("--\(prefix)table and --\(prefix)sql both say what to read; give one")
    }
    return table.map { .table($0) } ?? sql.map { .statement($0) }
  }
}
