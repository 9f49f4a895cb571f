import Artifacts
import Foundation
import RandomNumbers
import SystemFiles
import Tables
import TestKit
import Testing

@testable import Interactions

@Suite("Interactions in Parquet")
struct ParquetFormatTests {
  /// Files that pyarrow wrote.
  private let shop =
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().path
    + "/ParquetTests/Fixtures/shop"

  private func source(
    _ change: (inout TabularSource) -> Void = { _ in }, format: (inout ParquetFormat) -> Void = { _ in }
  ) -> TabularSource {
    var parquet = ParquetFormat()
    format(&parquet)
    var source = TabularSource(
      format: parquet, roles: .init(query: "customer", candidate: "product", timestamp: "at", weight: "amount"))
    change(&source)
    return source
  }

  private func message(_ body: () throws -> Void) -> String {
    do { try body() } catch { return "\(error)" }
    return "no error"
  }

  private var orders: String {
    """
    customer,product,at,amount,note,zip
    ann,Tea kettle,2026-01-01T10:00:00Z,2,"first, and best",01234
    bob,Brush,2026-01-01,1.5,,99999
    ann,Brush,2026-01-03,3,x,00001

    """
  }

  @Test("are those of the same rows as text, on any number of threads", arguments: [1, 2, 7])
  func same(threads: Int) throws {
    let folder = try Scratch()
    var text = source()
    text = TabularSource(format: DelimitedFormat(), roles: text.roles)
    let wanted = try text.read(folder.write(orders, to: "orders.csv"))
    let parquet = source(format: { $0.threads = threads })
    let read = try parquet.read("\(shop)/orders.parquet")
    // A text column stays one, whatever its values look like.
    #expect(read.interactions == wanted.interactions)
    #expect(read.users == wanted.users && read.catalog == wanted.catalog)
    #expect(read.timeUnit == .milliseconds)
    // Parts in the order of their names, of which what is hidden or marked is none.
    #expect(try parquet.read("\(shop)/parts").interactions == read.interactions)
    let named = source({ $0.interactionsFile = "parts" }, format: { $0.threads = threads })
    #expect(try named.read(shop).interactions == read.interactions)
  }

  @Test("have the same users and times, of whatever type they are")
  func types() throws {
    let seconds: [Int64] = [1_767_261_600, 1_767_225_600, 1_767_398_400]
    for name in ["integers", "reals", "texts", "unsigned", "decimals"] {
      let read = try source().read("\(shop)/\(name).parquet").interactions
      #expect(read.table.integers("at") == seconds, "\(name)")
      #expect(read.table.text("customer") == TextColumn(["7", "8", "7"]), "\(name)")
    }
  }

  @Test("have a catalog with lists, decimals, days and missing values")
  func catalog() throws {
    let read = try source {
      $0.interactionsFile = "orders.parquet"
      $0.catalogFile = "products.parquet"
      $0.candidateName = "title"
    }.read(shop).catalog
    let expected = Catalog(
      columns: [
        Column("product", text: ["Brush", "Tea kettle", "Lamp"]), Column("title", text: ["A brush", "", "A lamp"]),
        Column("genres", textLists: [["bath", "home"], [], ["home"]]),
        Column("sizes", textLists: [["1", "2"], [], ["3"]]), Column("price", reals: [2.5, nil, 10]),
        Column("released", integers: [1_767_225_600, -86_400, nil]),
        Column("stock", text: ["true", "false", ""]), Column("weight", reals: [0.5, nil, 2]),
      ], rows: 3, key: "product", nameColumn: "title")
    #expect(read == expected)
  }

  @Test("are read by the columns that are wanted")
  func projection() throws {
    let few = source(format: { $0.columns = ["zip", "at"] })
    #expect(
      try few.read("\(shop)/orders.parquet").interactions.table.columns.map(\.name)
        == ["customer", "product", "at", "amount", "zip"])
    let none = source(format: { $0.columns = ["postcode"] })
    #expect(
      message { _ = try none.read("\(shop)/orders.parquet") }
        == "orders.parquet: it has no column \"postcode\"; there are customer, product, at, amount, note, zip")
    let wrong = source { $0.roles.query = "custmer" }
    #expect(
      message { _ = try wrong.read("\(shop)/orders.parquet") }
        == "orders.parquet: it has no column \"custmer\"; did you mean \"customer\"?")
    let nested = "\(shop)/../refused/nested.parquet"
    let narrow = TabularSource(
      format: ParquetFormat(), roles: .init(query: "user", candidate: "place"))
    #expect(
      message { _ = try narrow.read(nested) }
        == "nested.parquet: column \"place\" holds a struct, which is not read; name the columns to read with "
        + "read-columns")
    let list = TabularSource(format: ParquetFormat(), roles: .init(query: "product", candidate: "genres"))
    #expect(
      message { _ = try list.read("\(shop)/products.parquet") }
        == "products.parquet: column \"genres\" is in lists, and one value a row is needed of it; write a row for each "
        + "value")
  }

  @Test("that cannot be read are named by row group, row and field, or left out and listed")
  func bad() throws {
    let wanted = [
      "bad.parquet: row 2 of row group 1: field \"customer\": it is empty",
      "bad.parquet: row 3 of row group 1: field \"customer\": it is empty",
      "bad.parquet: row 1 of row group 2: field \"product\": it is not UTF-8",
      "bad.parquet: row 2 of row group 2: field \"at\": \"1970-01-01 00:00:00\" is the year 1970, and 1971 to 2100 are "
        + "read; leave out rows whose time is not known",
      "bad.parquet: row 3 of row group 2: field \"at\": it is empty",
      "bad.parquet: row 1 of row group 3: field \"amount\": \"nan\" is not a number",
    ]
    #expect(
      message { _ = try source().read("\(shop)/bad.parquet") }
        == "\(wanted[0]), and 5 more bad rows; fix the file, or leave bad rows out with on-bad-row skip")
    for threads in [1, 3] {
      let lenient = source(
        {
          $0.onBadRow = .skip
          $0.maxBadRows = 1
        }, format: { $0.threads = threads })
      let read = try lenient.read("\(shop)/bad.parquet")
      #expect(read.rejects.map { "\($0)" } == wanted)
      #expect(read.interactions.count == 1 && read.users.keys.dictionary.array == ["ann"])
    }
    let strict = source { $0.onBadRow = .skip }
    #expect(
      message { _ = try strict.read("\(shop)/bad.parquet") }.contains(
        "with all bad rows 6 of 7 lines would be left out"))
  }

  @Test("in parts that differ are refused with both parts")
  func mixed() throws {
    #expect(
      message { _ = try source { $0.roles.weight = nil }.read("\(shop)/mixed") }
        == "b.parquet: column \"amount\" is text, and in a.parquet it is numbers; write all parts alike")
    let folder = try Scratch()
    try folder.write([], to: "_SUCCESS")
    #expect(message { _ = try source().read(folder.path) }.hasSuffix("it holds no file of interactions"))
    #expect(
      message { _ = try source().read(folder.write("a,b\n1,2\n3,4\n5,6\n", to: "a.parquet")) }.hasPrefix(
        "a.parquet: it does not begin and end as Parquet does"))
  }

  @Test("with bytes changed at random are read or refused in one line, with the file's name")
  func damaged() throws {
    let folder = try Scratch()
    var random = RandomGenerator(seed: 1)
    var refused = 0
    for name in ["orders", "decimals", "bad", "products"] {
      let whole = try Files.read("\(shop)/\(name).parquet")
      for _ in 0..<100 {
        var bytes = whole
        for _ in 0...random.below(3) {
          bytes[4 + Int(random.below(UInt64(whole.count - 8)))] = UInt8(truncatingIfNeeded: random.next())
        }
        let path = try folder.write(bytes, to: "a.parquet")
        let roles: Interactions.Roles =
          name == "products"
          ? .init(query: "title", candidate: "product")
          : .init(query: "customer", candidate: "product", timestamp: "at")
        var source = TabularSource(format: ParquetFormat(), roles: roles)
        source.onBadRow = .skip
        source.maxBadRows = 1
        let said = message { _ = try source.read(path) }
        guard said != "no error" else { continue }
        refused += 1
        #expect(said.hasPrefix("a.parquet: ") && !said.contains("\n"), "\(said)")
      }
    }
    #expect(refused > 40)
  }

  @Test("with more rows than memory has room for are refused before they are read")
  func room() throws {
    let part = try ParquetPart(
      "\(shop)/orders.parquet", TableRequest(part: .interactions, roles: ["customer": .key, "at": .timestamp]),
      wanted: ["at"], option: "read-columns", first: nil)
    // Three codes of four bytes, and three times of eight with a flag each.
    #expect(part.bytes == 39)
    try ParquetFormat.requireRoom(for: [part, part], free: 78)
    #expect(throws: DataError.badSource("orders.parquet", .noRoom(rows: 6, bytes: 78, free: 77))) {
      try ParquetFormat.requireRoom(for: [part, part], free: 77)
    }
    let fault = SourceFault.noRoom(rows: 1 << 40, bytes: 1 << 43, free: 1 << 30)
    #expect(
      "\(fault)" == "its 1099511627776 rows take 8388608 MiB, and 1024 MiB are free; read fewer columns or rows")
  }
}
