import Artifacts
import CanonicalJSON
import Foundation
import Tables
import TestKit
import Testing

@testable import Interactions

@Suite("Delimited interactions of any source")
struct TabularSourceTests {
  private let orders = """
    customer,product,at,amount,note,zip
    ann,Tea kettle,2026-01-01T10:00:00Z,2,"first, and best",01234
    bob,Brush,1767225600,1.5,,99999
    ann,Brush,2026-01-03,3,x,00001

    """

  private func data(
    _ change: (inout TabularSource) -> Void = { _ in }, format: (inout DelimitedFormat) -> Void = { _ in }
  ) -> TabularSource {
    var delimited = DelimitedFormat()
    format(&delimited)
    var data = TabularSource(
      format: delimited, roles: .init(query: "customer", candidate: "product", timestamp: "at", weight: "amount"))
    change(&data)
    return data
  }

  private func message(_ body: () throws -> Void) -> String {
    do { try body() } catch { return "\(error)" }
    return "no error"
  }

  @Test("keeps every column with its name and kind, and the roles of the named ones")
  func columns() throws {
    let folder = try Scratch()
    let path = try folder.write(orders, to: "orders.csv")
    let read = try data().read(path)
    let table = read.interactions.table
    #expect(table.columns.map(\.name) == ["customer", "product", "at", "amount", "note", "zip"])
    #expect(table.columns.map(\.kind) == [.text, .text, .integer, .real, .text, .text])
    #expect(table.integers("at") == [1_767_261_600, 1_767_225_600, 1_767_398_400])
    #expect(table.reals("amount") == [2, 1.5, 3])
    #expect((0..<3).map { table.columns[4].text($0) } == ["first, and best", "", "x"])
    #expect(read.interactions.roles.weight == "amount")
    #expect(read.catalog.keys.dictionary.array == ["Brush", "Tea kettle"])
    #expect(read.users.keys.dictionary.array == ["ann", "bob"])
    // The folder that holds only this file is as good.
    #expect(try data().read(folder.path).interactions == read.interactions)
  }

  @Test("gives the same artifact from tabs, semicolons, Latin-1, gzip, zstd or without a header")
  func spellings() throws {
    let folder = try Scratch()
    let plain = try data().read(folder.write(orders, to: "a.csv")).interactions
    let tabs = orders.replacingOccurrences(of: "\"first, and best\"", with: "first+ and best")
      .replacingOccurrences(of: ",", with: "\t").replacingOccurrences(of: "+", with: ",")
    #expect(try data().read(folder.write(tabs, to: "b.tsv")).interactions == plain)
    let semicolons = tabs.replacingOccurrences(of: "\t", with: ";")
    #expect(
      try data(format: { $0.separator = ";" }).read(folder.write(semicolons, to: "c.csv")).interactions
        == plain)
    let body = orders.split(separator: "\n").dropFirst().joined(separator: "\r\n")
    let headless = data(format: {
      $0.hasHeader = false
      $0.columns = ["customer", "product", "at", "amount", "note", "zip"]
    })
    #expect(try headless.read(folder.write(body, to: "d.csv")).interactions == plain)
    try folder.run("gzip", "-k", "a.csv")
    try folder.run("sh", "-c", "(head -2 a.csv | gzip; tail -n +3 a.csv | gzip) > two.csv.gz")
    for name in ["a.csv.gz", "two.csv.gz"] {
      #expect(try data().read("\(folder.path)/\(name)").interactions == plain, "\(name)")
    }
    let umlaut = orders.replacingOccurrences(of: "Brush", with: "Bürste")
    let latin = data(format: { $0.encoding = .latin1 })
    #expect(
      try latin.read(folder.write(umlaut, to: "e.csv", encoding: .isoLatin1)).interactions
        == data().read(folder.write(umlaut, to: "f.csv")).interactions)
  }

  @Test("is refused if a compressed file is truncated or damaged")
  func packed() throws {
    let folder = try Scratch()
    let long = orders + (0..<20_000).map { "c\($0),p\($0 % 97),\($0),1,,\n" }.joined()
    try folder.write(long, to: "a.csv")
    try folder.run("gzip", "-k", "a.csv")
    let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/a.csv.gz"))
    try folder.write(Array(bytes.prefix(bytes.count / 2)), to: "cut.gz")
    #expect(
      message { _ = try data().read("\(folder.path)/cut.gz") }
        == "cut.gz: its gzip is cut short; fetch or pack it again")
    var damaged = bytes
    damaged[damaged.count / 2] ^= 0x55
    try folder.write(Array(damaged), to: "bad.gz")
    #expect(message { _ = try data().read("\(folder.path)/bad.gz") }.contains("its gzip is"))
    try folder.write([0x28, 0xb5, 0x2f, 0xfd, 1, 2, 3, 4, 5, 6, 7, 8], to: "bad.zst")
    #expect(message { _ = try data().read("\(folder.path)/bad.zst") }.contains("its zstd is"))
  }

  @Test("names malformed rows by file, line and field, or skips and lists them")
  func malformed() throws {
    let cases = [
      ("ann,Tea", "shop.csv: line 2: it has 2 fields; expected 6"),
      (",Tea,1767225600,1,,", "shop.csv: line 2: field \"customer\": it is empty"),
      ("ann,,1767225600,1,,", "shop.csv: line 2: field \"product\": it is empty"),
      (
        "ann,Tea,noon,1,,",
        "shop.csv: line 2: field \"at\": \"noon\" is neither a number of seconds nor an ISO 8601 time"
      ),
      ("ann,Tea,1767225600,lots,,", "shop.csv: line 2: field \"amount\": \"lots\" is not a number"),
      ("ann,Tea,1767225600,inf,,", "shop.csv: line 2: field \"amount\": \"inf\" is not a number"),
      (
        "\"ann\"x,Tea,1767225600,1,,",
        "shop.csv: line 2: field \"customer\": text follows its closing quote; "
          + "if quotes stand for themselves, give quote none"
      ),
    ]
    let tail = "; fix the file, or leave bad rows out with on-bad-row skip"
    for (row, wanted) in cases {
      let folder = try Scratch()
      let lines = orders.split(separator: "\n").map(String.init)
      try folder.write(([lines[0], row] + lines.dropFirst() + [""]).joined(separator: "\n"), to: "shop.csv")
      #expect(message { _ = try data().read(folder.path) } == wanted + tail)
      let lenient = data {
        $0.onBadRow = .skip
        $0.maxBadRows = 1
      }
      let skipped = try lenient.read(folder.path)
      #expect(skipped.interactions.count == 3)
      #expect(skipped.rejects.map { "\($0)" } == [wanted])
    }
    let folder = try Scratch()
    try folder.write(orders + "x\ny\n", to: "shop.csv")
    #expect(
      message { _ = try data().read(folder.path) }
        == "shop.csv: line 5: it has 1 fields; expected 6, and 1 more bad rows" + tail)
    try folder.write(
      Array(orders.utf8) + [0x61, 0x2c, 0xff, 0x2c, 0x31, 0x2c, 0x31, 0x2c, 0x2c, 0x0a], to: "shop.csv")
    #expect(message { _ = try data().read(folder.path) }.contains("line 5: field \"product\": it is not UTF-8"))
    try folder.write("customer,product,at,amount\nx\n", to: "shop.csv")
    let lenient = data {
      $0.onBadRow = .skip
      $0.maxBadRows = 1
    }
    #expect(message { _ = try lenient.read(folder.path) } == "shop.csv: not a single row")
  }

  @Test("may skip a few bad rows; a stray quote that spans many lines is refused with its span")
  func bound() throws {
    let folder = try Scratch()
    let good = (0..<1_000).map { "c\($0 % 50),p\($0 % 97),\(1_767_225_600 + $0),1,,\n" }
    let header = "customer,product,at,amount,note,zip\n".replacingOccurrences(of: ",zip", with: ",zip")
    let rows = good.map { $0.replacingOccurrences(of: "1,,\n", with: "1,,0\n") }
    var few = rows
    for place in [3, 400] { few[place] = "c,p\n" }
    try folder.write(header + few.joined(), to: "a.csv")
    let skipping = data { $0.onBadRow = .skip }
    let read = try skipping.read(folder.file("a.csv"))
    #expect(read.interactions.count == 998 && read.rejects.count == 2)

    var stray = rows
    stray[108] = "c,\"p,1767225600,1,,0\n"
    try folder.write(header + stray.joined(), to: "b.csv")
    let said = message { _ = try skipping.read(folder.file("b.csv")) }
    #expect(
      said.hasPrefix(
        "b.csv: line 110: field \"product\": its quote is never closed; the lines to 1001 are lost with it"), "\(said)")
    #expect(said.contains("892 of 1001 lines would be left out, and max-bad-rows allows a share of 0.01"), "\(said)")
  }

  private static let utf16 = [UInt8](String(repeating: "a\0", count: 40).utf8)

  @Test(
    "of another form is recognised by its first bytes",
    arguments: [
      (Array("PAR1....".utf8), "it is Parquet"), (Array("SQLite format 3\0".utf8), "it is an SQLite database"),
      ([0x50, 0x4b, 3, 4, 20], "it is a zip archive, as xlsx is one"),
      ([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 1], "it is packed by xz"),
      (Array("{\"a\": 1}\n".utf8), "it is JSON; give format json-lines"),
      (Array("[\n  {\"a\": 1}]".utf8), "it is one array of JSON; write an object a line (jq -c '.[]')"),
      (Array("<!DOCTYPE html>\n".utf8), "it is HTML or XML"),
      (Self.utf16, "it is UTF-16 without a byte order mark, or binary"),
    ])
  func forms(bytes: [UInt8], words: String) throws {
    let folder = try Scratch()
    try folder.write(bytes, to: "data.csv")
    let said = message { _ = try data().read(folder.file("data.csv")) }
    #expect(said.hasPrefix("data.csv: ") && said.contains(words), "\(said)")
  }

  @Test("reports identifiers that mean missing, have surrounding white space or two Unicode forms")
  func oddIdentifiers() throws {
    let names = ["ann", "NULL", "\\N", "NaN", " bob", "Zo\u{eb}", "Zoe\u{308}", "Zo\u{eb}"]
    let rows = Interactions(
      columns: [Column("who", text: names), Column("what", text: names.indices.map { "p\($0)" })], rows: names.count,
      roles: .init(query: "who", candidate: "what"))
    let lines = try OddIdentifiers(rows).lines
    #expect(lines.count == 5, "\(lines)")
    for (line, words) in zip(
      lines, ["\"NULL\"", "\"NaN\"", "\"\\N\"", "begin or end with white space", "two Unicode forms"])
    {
      #expect(line.contains(words), "\(line)")
    }
  }

  @Test("has a table of users beside it, by a key of its own name")
  func users() throws {
    let folder = try Scratch()
    try folder.write(orders, to: "orders.csv")
    let people = try data().read(folder.path).interactions.text("customer").dictionary.array
    #expect(try data().read(folder.path).users.table.columns.map(\.name) == ["customer"])
    try folder.write(
      "id,age,interests\n\(people[0]),24,tea|books\nsomebody else,,tea\n", to: "customers.csv")
    let described = data {
      $0.usersFile = "customers.csv"
      $0.usersKey = "id"
      $0.reading.lists = ["interests"]
    }
    let read = try described.read(folder.path)
    #expect(read.users.table.column("age") == Column("age", integers: [24, nil]))
    #expect(read.users.table.column("interests") == Column("interests", textLists: [["tea", "books"], ["tea"]]))
    #expect(try read.users.values(of: "customer").dictionary.array.contains(people[0]))
    #expect(read.unlistedUsers == people.count - 1)
    #expect(try read.notes().contains("\(people.count - 1) users of interactions are not in the users' file"))
    let published = try Scratch()
    try read.users.publish(to: published.file("u.tandem"), type: Catalog.users, lineage: .none)
    #expect(try Catalog(ArtifactFile(path: published.file("u.tandem"))) == read.users)
    #expect(
      message { _ = try data { $0.usersFile = "customers.csv" }.read(folder.path) }
        == "customers.csv: it has no column \"customer\"; there are id, age, interests")
    #expect(
      message { _ = try data { $0.usersFile = "customer.csv" }.read(folder.path) }.contains(
        "users-file: it has no \"customer.csv\""))
    #expect(
      message { _ = try data { $0.usersFile = "x" }.read(folder.file("orders.csv")) }.contains(
        "users-file names a file of a folder"))
    try folder.write("id,age\n,24\n", to: "customers.csv")
    #expect(
      message { _ = try described.read(folder.path) }.hasPrefix("customers.csv: line 2: field \"id\": "),
      "\(message { _ = try described.read(folder.path) })")
  }

  @Test("is refused if columns or files are missing, with the available ones")
  func missing() throws {
    let folder = try Scratch()
    #expect(message { _ = try data().read(folder.path) }.hasSuffix("it holds no file of interactions"))
    try folder.write(orders, to: "orders.csv")
    #expect(
      message { _ = try data { $0.roles.query = "custmer" }.read(folder.path) }
        == "orders.csv: it has no column \"custmer\"; did you mean \"customer\"?")
    #expect(
      message { _ = try data { $0.roles.query = "who" }.read(folder.path) }
        == "orders.csv: it has no column \"who\"; there are customer, product, at, amount, note, zip")
    #expect(
      message { _ = try data { $0.catalogFile = "prodcts.csv" }.read(folder.path) }.contains(
        "catalog-file: it has no \"prodcts.csv\""))
    #expect(
      message { _ = try data { $0.interactionsFile = "../x" }.read(folder.path) }.contains(
        "interactions-file: it has no \"../x\""))
    try folder.write("product,price\nBrush,2\nTea kettle,\nLamp,9.5\n", to: "products.csv")
    #expect(
      message { _ = try data().read(folder.path) }
        == "products.csv: its columns are product, price, and those of orders.csv are customer, product, at, amount, "
        + "note, zip; say which files hold interactions with interactions-file, which candidates with catalog-file, and "
        + "which users with users-file")
    let read = try data { $0.catalogFile = "products.csv" }.read(folder.path)
    #expect(read.catalog.table.rows == 3)
    #expect(read.catalog.table.column("price")?.kind == .real)
    #expect(read.unlistedCandidates == 0)
    try folder.write("title\nBrush\nTea kettle\n", to: "titles.csv")
    let renamed = try data {
      $0.interactionsFile = "orders.csv"
      $0.catalogFile = "titles.csv"
      $0.catalogKey = "title"
    }.read(folder.path).catalog
    #expect(try renamed.values(of: "product").dictionary.array == ["Brush", "Tea kettle"])
    #expect(throws: DataError.self) { try renamed.values(of: "customer") }
    try renamed.publish(
      to: "\(folder.path)/c.tandem", type: Catalog.candidates, lineage: Lineage(stage: "ingest", stageVersion: 1))
    #expect(try Catalog(ArtifactFile(path: "\(folder.path)/c.tandem")) == renamed)
    // Names for people are text, also where every one of them is a number, and may be missing.
    try folder.write("product,title\nBrush,12\nTea kettle,\n", to: "named.csv")
    let named = try data {
      $0.interactionsFile = "orders.csv"
      $0.catalogFile = "named.csv"
      $0.candidateName = "title"
    }.read(folder.path).catalog
    #expect(named.nameColumn == "title" && named.table.text("title")?.dictionary.array == ["", "12"])
    try named.publish(
      to: "\(folder.path)/n.tandem", type: Catalog.candidates, lineage: Lineage(stage: "ingest", stageVersion: 1))
    #expect(try Catalog(ArtifactFile(path: "\(folder.path)/n.tandem")) == named)
    #expect(
      message {
        _ = try data {
          $0.interactionsFile = "orders.csv"
          $0.catalogFile = "named.csv"
          $0.candidateName = "titel"
        }.read(folder.path)
      } == "named.csv: it has no column \"titel\"; did you mean \"title\"?")
    try folder.write("a,a\n1,2\n", to: "twice.csv")
    let twice = TabularSource(format: DelimitedFormat(), roles: .init(query: "a", candidate: "a"))
    #expect(
      message { _ = try twice.read("\(folder.path)/twice.csv") }
        == "twice.csv: two columns are named \"a\"; rename one")
    for empty in ["", "\n\n", "customer,product,at,amount\n"] {
      try folder.write(empty, to: "empty.csv")
      #expect(message { _ = try data().read("\(folder.path)/empty.csv") } == "empty.csv: not a single row")
    }
  }
}
