import Artifacts
import SystemFiles
import Tables
import TestKit
import Testing

@testable import Interactions

@Suite("Interactions in SQLite")
struct SQLiteFormatTests {
  private let folder: Scratch

  init() throws {
    folder = try Scratch()
    try run(
      "create table orders (customer, product text, at, amount real, note);",
      "insert into orders values ('ann', 'Tea kettle', 1767261600000, 2, 'first'), (7, 'Brush', 1767225600000, 1.5, null),"
        + " ('ann', 'Brush', 1767398400000, 3, 5);",
      "create table products (product text, title text, price);",
      "insert into products values ('Brush', 'A brush', 2.5), ('Tea kettle', null, null);",
      "create view recent as select * from orders where at > 1767230000000;")
  }

  /// Runs statements in "shop.db", with Python's SQLite.
  private func run(_ statements: String...) throws {
    let script =
      "import sqlite3, sys; connection = sqlite3.connect('shop.db'); "
      + "[connection.execute(line) for line in sys.argv[1:]]; connection.commit(); connection.close()"
    try folder.run(["python3", "-c", script] + statements)
  }

  private func source(
    _ format: (inout SQLiteFormat) -> Void, _ change: (inout TabularSource) -> Void = { _ in }
  ) -> TabularSource {
    var sqlite = SQLiteFormat()
    format(&sqlite)
    var source = TabularSource(
      format: sqlite, roles: .init(query: "customer", candidate: "product", timestamp: "at", weight: "amount"))
    change(&source)
    return source
  }

  private func message(_ body: () throws -> Void) -> String {
    do { try body() } catch { return "\(error)" }
    return "no error"
  }

  private var path: String { folder.file("shop.db") }

  @Test("come with users of the same database")
  func users() throws {
    try run("create table people (name text, age)", "insert into people values ('ann', 24), ('7', null)")
    let read = try source(
      {
        $0.interactions = .table("orders")
        $0.users = .statement("select name, age from people order by name desc")
      }, { $0.usersKey = "name" }
    ).read(path)
    #expect(read.users.table.column("age") == Column("age", integers: [24, nil]))
    #expect(try read.users.values(of: "customer").dictionary.array == ["7", "ann"] && read.unlistedUsers == 0)
  }

  @Test("are read from a table, with the types of their values, and a catalog from another table")
  func table() throws {
    let shop = source(
      {
        $0.interactions = .table("orders")
        $0.catalog = .table("products")
      }, { $0.candidateName = "title" })
    let read = try shop.read(path)
    #expect(
      read.interactions
        == Interactions(
          columns: [
            Column("customer", text: ["ann", "7", "ann"]), Column("product", text: ["Tea kettle", "Brush", "Brush"]),
            Column("at", integers: [1_767_261_600, 1_767_225_600, 1_767_398_400]),
            Column("amount", reals: [2, 1.5, 3]), Column("note", text: ["first", "", "5"]),
          ], rows: 3,
          roles: .init(query: "customer", candidate: "product", timestamp: "at", weight: "amount")))
    #expect(read.timeUnit == .milliseconds)
    #expect(read.catalog.table.rows == 2 && read.catalog.nameColumn == "title")
    #expect(read.catalog.table.column("price") == Column("price", reals: [2.5, nil]))
    // Reading leaves nothing beside the database.
    #expect(folder.names == ["shop.db"])
  }

  @Test("are read from a view or the rows of a SELECT")
  func statements() throws {
    #expect(try source { $0.interactions = .table("recent") }.read(path).interactions.count == 2)
    let select = "SELECT customer, product, at, amount FROM orders JOIN products USING (product) WHERE price > 1; "
    #expect(try source { $0.interactions = .statement(select) }.read(path).interactions.count == 2)
  }

  @Test("that cannot be read are named by row and field")
  func bad() throws {
    try run("insert into orders values (null, 'Lamp', 1767225600000, 1, ''), ('eve', 'Lamp', 'noon', 1, '')")
    #expect(
      message { _ = try source { $0.interactions = .table("orders") }.read(path) }
        == "shop.db: row 4: field \"customer\": it is empty, and 1 more bad rows; fix the file, or leave bad rows out "
        + "with on-bad-row skip")
  }

  @Test("are refused with the name that is missing, and what SQLite says of a statement")
  func refused() throws {
    let cases: [(SQLiteFormat.Selection?, String)] = [
      (nil, "shop.db: it has the tables orders, products, recent; say which with table"),
      (.table("order"), "shop.db: table: it has no table \"order\"; did you mean \"orders\"?"),
      (.table("x"), "shop.db: table: it has no table \"x\"; there are orders, products, recent"),
      (.statement("selct 1"), "shop.db: sql: near \"selct\": syntax error"),
      (.statement("delete from orders"), "shop.db: sql: the statement gives no rows; give one that begins with SELECT"),
      (.statement("   "), "shop.db: sql: the statement gives no rows; give one that begins with SELECT"),
      (
        .statement("select 1; select 2"),
        "shop.db: sql: there is something behind the first statement; give one alone"
      ),
      (
        .statement("select customer, at from orders"),
        "shop.db: it has no column \"amount\"; there are customer, at"
      ),
    ]
    for (selection, wanted) in cases {
      #expect(message { _ = try source { $0.interactions = selection }.read(path) } == wanted)
    }
    try folder.write([UInt8]("SQLite format 3\0".utf8) + [UInt8](repeating: 7, count: 4096), to: "shop.db")
    #expect(message { _ = try source { _ in }.read(path) }.hasPrefix("shop.db: as an SQLite database: "))
    #expect(message { _ = try source { _ in }.read(folder.file("none.db")) }.contains("no such file"))
  }

  @Test("of which some are in a file beside the database are refused")
  func unfinished() throws {
    try folder.write([1, 2, 3], to: "shop.db-wal")
    #expect(
      message { _ = try source { $0.interactions = .table("orders") }.read(path) }
        == "shop.db: \"shop.db-wal\" holds changes that are not in it yet; close the programs that write there, or let "
        + "SQLite write them with \"PRAGMA wal_checkpoint(TRUNCATE)\"")
  }
}
