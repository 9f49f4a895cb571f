import Artifacts
import Foundation
import Interactions
import Tables
import TestKit
import Testing

@testable import StageKit
@testable import ingest

/// Folders, Parquet, SQLite, JSON, and files that are odd.
extension LayoutTests {
  @Test("21. A folder of monthly files, and one among them that is something else")
  func months() throws {
    try write("who,what\nann,tea\n", to: "2026-01.csv")
    try write("what,who\npot,bob\n", to: "2026-02.csv")
    try write("", to: "_SUCCESS")
    try write("x", to: ".2026-01.csv.crc")
    #expect(
      try read("", "--format=delimited", "--query=who", "--candidate=what").rows == [["ann", "tea"], ["bob", "pot"]])
    try write("who,what,price\nann,tea,1\n", to: "2026-03.csv")
    #expect(
      refusal("", "--format=delimited", "--query=who", "--candidate=what")
        == "ingest: 2026-03.csv: its columns are who, what, price, and those of 2026-01.csv are who, what; say which "
        + "files hold interactions with interactions-file, which candidates with catalog-file, and which users with "
        + "users-file")
    #expect(
      try read("", "--format=delimited", "--query=who", "--candidate=what", "--interactions-file=2026-01*").rows
        == [["ann", "tea"]])
  }

  @Test("22. Partitions by folder, whose keys are columns")
  func partitions() throws {
    try write("who,what\nann,tea\n", to: "events/day=2026-11-27/part-00000.csv")
    try write("who,what\nbob,tea\nx,\n", to: "events/day=2026-11-28/part-00000.csv")
    try write("who,what\ncid,pot\n", to: "events/day=2026-11-28/part-00001.csv")
    try write("", to: "events/_SUCCESS")
    try write("what,kind\ntea,drink\n", to: "products.csv")
    let words = ["--format=delimited", "--query=who", "--candidate=what", "--catalog-file=products.csv"]
    #expect(
      refusal("", words).contains(
        "events/day=2026-11-28/part-00000.csv: line 3: field \"what\": it is empty"))
    let all = try read(
      "", words + ["--timestamp=day", "--keep=what != \"\""])
    #expect(
      all.rows == [
        ["ann", "tea", "1795737600"], ["bob", "tea", "1795824000"], ["cid", "pot", "1795824000"],
      ])
    let last = try read(
      "", words + ["--interactions-file=events/day=*-28/part-*", "--keep=what != \"\""])
    #expect(last.rows.map { $0[2] } == ["2026-11-28", "2026-11-28"])
  }

  // MARK: JSON

  @Test("23. JSON Lines: nested objects, lists, fields that come late; 24. an array of JSON")
  func json() throws {
    try write(
      """
      {"user": {"id": "A1", "n": 3}, "item": 7, "at": "2026-01-01T00:00:00Z", "tags": ["x", "y"]}

      {"user": {"id": "A2"}, "item": 8, "at": "2026-01-02T00:00:00Z", "tags": [], "ok": true, "photos": [{"url": "u"}]}
      {"user": {"id": "A2", "n": null}, "item": 8.5, "at": 1767225600, "tags": "z"}

      """, to: "a.jsonl")
    let read = try read("a.jsonl", "--format=json-lines", "--query=user.id", "--candidate=item", "--timestamp=at")
    #expect(read.names(read.interactions.table) == ["at", "item", "user.id", "tags", "user.n", "ok", "photos"])
    #expect(
      read.rows == [
        ["1767225600", "7", "A1", "x|y", "3", "", ""],
        ["1767312000", "8", "A2", "", "", "true", "[{\"url\":\"u\"}]"], ["1767225600", "8.5", "A2", "z", "", "", ""],
      ])
    #expect(
      refusal("a.jsonl", "--format=json-lines", "--query=user", "--candidate=item").contains(
        "a.jsonl: it has no column \"user\"; there are at, item, tags, user.id, user.n, ok, photos"))
    try write("{\"user\": \"a\", \"item\": 1}\n{\"user\": \"b\", item: 1}\n", to: "b.jsonl")
    #expect(
      refusal("b.jsonl", "--format=json-lines", "--query=user", "--candidate=item").contains(
        "b.jsonl: line 2: it is not JSON: byte 14: expected a key"))
    try write("[{\"user\": \"a\", \"item\": 1}]", to: "c.json")
    #expect(
      refusal("c.json", "--format=json-lines", "--query=user", "--candidate=item")
        == "ingest: c.json: it is one array of JSON; write an object a line (jq -c '.[]') and give format json-lines")
    try write("[1, 2]\n", to: "d.json")
    #expect(
      refusal("d.json", "--format=json-lines", "--query=user", "--candidate=item").contains(
        "line 1: it is not an object of JSON"))
  }

  // MARK: Parquet and SQLite

  private static let fixtures =
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().path
    + "/ParquetTests/Fixtures"

  private func copy(_ fixture: String, to name: String) throws {
    let path = "\(scratch.path)/data/\(name)"
    try FileManager.default.createDirectory(
      atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path, withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: "\(Self.fixtures)/\(fixture)", toPath: path)
  }

  @Test("26. Parquet by pyarrow, DuckDB and polars")
  func parquet() throws {
    var tables: [Interactions] = []
    for writer in ["pyarrow", "duckdb", "polars"] {
      try copy("\(writer)-snappy.parquet", to: "\(writer).parquet")
      let read = try read(
        "\(writer).parquet", "--format=parquet", "--query=user", "--candidate=item", "--timestamp=at",
        "--read-columns=genres", "--read-columns=price", "--read-columns=day", "--keep=rating >= 4")
      tables.append(read.interactions)
    }
    #expect(tables[1] == tables[0] && tables[2] == tables[0])
    #expect(tables[0].table.columns.map(\.name) == ["user", "item", "at", "rating", "day", "price", "genres"])
    #expect(tables[0].table.columns.map(\.kind) == [.text, .text, .integer, .real, .integer, .real, .textList])
    #expect(
      refusal("pyarrow.parquet", "--format=parquet", "--query=user", "--candidate=item", "--missing=NULL").contains(
        "--missing is about text, and the values of parquet have types; leave it out"))
    #expect(
      refusal("pyarrow.parquet", "--format=delimited", "--query=user", "--candidate=item")
        == "ingest: pyarrow.parquet: it is Parquet, which format parquet reads")
  }

  @Test("26. Parquet of which bad rows are left out by a condition")
  func parquetConditions() throws {
    try copy("shop/bad.parquet", to: "bad.parquet")
    let words = ["--format=parquet", "--query=customer", "--candidate=product", "--weight=amount"]
    let read = try read(
      "bad.parquet", words + ["--keep=customer != \"\"", "--keep=product == Brush"])
    #expect(read.rows.map { [$0[0], $0[1], $0[3]] } == [["ann", "Brush", "1"]])
    #expect(
      refusal("bad.parquet", words + ["--keep=customer == eve"]).contains(
        "bad.parquet: row 1 of row group 3: field \"amount\": \"nan\" is not a number"))
  }

  @Test("27. Partitions of Parquet by folder, whose keys are columns")
  func parquetPartitions() throws {
    try copy("shop/orders.parquet", to: "events/day=2026-11-27/shop=7/part-0.parquet")
    try copy("shop/orders.parquet", to: "events/day=2026-11-28/shop=__HIVE_DEFAULT_PARTITION__/part-0.parquet")
    try write("", to: "events/_SUCCESS")
    let words = ["--format=parquet", "--query=customer", "--candidate=product"]
    let read = try read("events", words + ["--timestamp=day", "--read-columns=shop"])
    #expect(
      read.rows == [
        ["ann", "Tea kettle", "1795737600", "7"], ["bob", "Brush", "1795737600", "7"],
        ["ann", "Brush", "1795737600", "7"],
        ["ann", "Tea kettle", "1795824000", ""], ["bob", "Brush", "1795824000", ""],
        ["ann", "Brush", "1795824000", ""],
      ])
    #expect(read.names(read.interactions.table) == ["customer", "product", "day", "shop"])
    let last = try self.read(
      "events", words + ["--interactions-file=day=*-28/**", "--keep=day == 2026-11-28", "--keep=amount > 2"])
    #expect(last.rows.map { [$0[0], $0[3], $0[6]] } == [["ann", "3", "2026-11-28"]])
    // Rows that are left out need not be right otherwise.
    let right = try self.read(
      "events", words.prefix(2) + ["--candidate=shop", "--read-columns=day", "--keep=shop != \"\""])
    #expect(right.rows.map { $0[1] } == ["2026-11-27", "2026-11-27", "2026-11-27"])
    #expect(
      refusal("events", words.prefix(2) + ["--candidate=shop", "--read-columns=day"]).contains(
        "day=2026-11-28/shop=__HIVE_DEFAULT_PARTITION__/part-0.parquet: row 1 of row group 1: field \"shop\": it is empty"
      ))
    try copy("shop/orders.parquet", to: "events/more.parquet")
    #expect(
      refusal("events", words).contains(
        "more.parquet: column \"day\" is not there, and in day=2026-11-27/shop=7/part-0.parquet it is given by its folder; "
          + "write all parts alike"))
  }

  @Test("28. A database of SQLite")
  func database() throws {
    try write("", to: "made")
    let script =
      "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('create table orders (who, what, at)'); "
      + "c.execute('create table products (what, price)'); c.execute(\"insert into products values ('tea', 2.5)\"); "
      + "c.execute(\"insert into orders values (7, 'tea', '2026-01-01'), ('ann', 'tea', '2026-01-02 00:00')\"); c.commit()"
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-c", script, "\(scratch.path)/data/shop.db"]
    try process.run()
    process.waitUntilExit()
    let words = ["--format=sqlite", "--query=who", "--candidate=what", "--timestamp=at"]
    let read = try read(
      "shop.db", words + ["--table=orders", "--catalog-table=products"])
    #expect(read.rows == [["7", "tea", "1767225600"], ["ann", "tea", "1767312000"]])
    #expect(read.candidates == [["tea", "2.5"]])
    #expect(
      refusal("shop.db", words)
        == "ingest: shop.db: it has the tables orders, products; say which with table")
  }

  // MARK: Odd files

  @Test("29. A stray quote that swallows lines, with its span")
  func strayQuote() throws {
    var rows = (0..<1000).map { "u\($0 % 50)\tp\($0 % 30)\n" }
    rows[108] = "u1\t\"p1\n"
    try write("who\twhat\n" + rows.joined(), to: "a.tsv")
    let words = ["--format=delimited", "--query=who", "--candidate=what"]
    for rule in ["fail", "skip"] {
      let said = refusal("a.tsv", words + ["--on-bad-row=\(rule)"])
      #expect(said.contains("a.tsv: line 110: ") && said.contains("the lines to 1001 are lost with it"), "\(said)")
    }
    #expect(try read("a.tsv", words + ["--quote=none"]).rows.count == 1000)
  }

  @Test("30. Values that no line has room for, and more columns than a table has")
  func large() throws {
    let words = ["--format=delimited", "--query=who", "--candidate=what", "--weight=w"]
    try write("who,what,w\nann,tea,\(String(repeating: "x", count: 1 << 20))\n", to: "a.csv")
    let said = refusal("a.csv", words)
    #expect(said.contains("line 2: field \"w\": \"xxx") && said.contains("x… (1048576 bytes)\" is not a number"))
    #expect(said.utf8.count < 400)
    let header = (0..<20_000).map { "c\($0)" }.joined(separator: ",")
    try write("who,what,w,\(header)\n", to: "b.csv")
    #expect(
      refusal("b.csv", words)
        == "ingest: b.csv: its first row has 20003 columns, and 10000 are read at most; is its separator the one that is "
        + "named or found?")
  }

  @Test("30. Files that are no table, by their first bytes")
  func foreign() throws {
    for (bytes, what) in [
      ("PK\u{3}\u{4}\u{14}", "it is a zip archive, as xlsx is one; export it as CSV in UTF-8"),
      ("BZh91AY", "it is packed by bzip2; export it as CSV in UTF-8"),
      (
        "<!DOCTYPE html><title>Log in</title>", "it is HTML or XML, perhaps the page of an error; fetch the data itself"
      ),
    ] {
      try write(bytes, to: "a.csv", .isoLatin1)
      #expect(
        refusal("a.csv", "--format=delimited", "--query=who", "--candidate=what").contains("a.csv: \(what)"), "\(what)")
    }
  }

  @Test("31. Identifiers that are words for none, or stand there in two forms")
  func oddIdentifiers() throws {
    try write("who,what\nNULL,tea\nNULL,pot\n ann,tea\nZoe\u{301},tea\nZo\u{e9},tea\n", to: "a.csv")
    let read = try read("a.csv", "--format=delimited", "--query=who", "--candidate=what")
    let lines = try OddIdentifiers(read.interactions).lines
    #expect(
      lines.count == 3 && lines[0].hasPrefix("2 rows have who \"NULL\": if that stands for none, name it in missing"))
    #expect(lines[1].hasPrefix("1 who begin or end with white space, such as \" ann\""))
    #expect(lines[2].contains("stands there in two Unicode forms"))
  }

  // MARK: Formats that are found

  @Test("Every format that its content shows for certain is found")
  func foundFormats() throws {
    func isSame(_ source: String, _ format: String, _ words: [String]) throws -> Bool {
      func rows(_ words: [String]) throws -> [[String]] {
        let ending = stage(source, words)
        try #require(ending == Ending(), "\(ending)")
        let rows = Read.rows(try Interactions(ArtifactFile(path: scratch.file("interactions"))).table)
        for name in ["interactions", "catalog", "users", "rejects"] {
          try FileManager.default.removeItem(atPath: scratch.file(name))
        }
        return rows
      }
      let given = try rows(words + ["--format=\(format)"])
      return try !given.isEmpty && rows(words) == given
    }
    let roles = ["--query=who", "--candidate=what"]
    try copy("shop/orders.parquet", to: "orders")
    #expect(try isSame("orders", "parquet", ["--query=customer", "--candidate=product", "--read-columns=at"]))
    try write("{\"who\": \"ann\", \"what\": 1}\n", to: "lines")
    #expect(try isSame("lines", "json-lines", roles))
    try write("who;what\nann;tea\n", to: "text")
    #expect(try isSame("text", "delimited", roles + ["--separator=;"]))
    try write("user_id:token\titem_id:token\n1\t7\n", to: "ml/ml.inter")
    #expect(try isSame("ml", "recbole", []))
    try write("1::2::5::978300760\n", to: "movielens/ratings.dat")
    try write("2::Star Wars (1977)::Action\n", to: "movielens/movies.dat")
    #expect(try isSame("movielens", "movielens", []))
    #expect(
      refusal("text")
        == "ingest: text: its format is not certain; for a table name query and candidate, the columns that say who and "
        + "what, or give format")
    #expect(
      refusal("lines", "--query=who", "--candidate=what", "--separator=;")
        == "ingest: --separator is for --format delimited; json-lines is read without it")
    try write("[{\"who\": \"ann\"}]", to: "array")
    #expect(refusal("array").contains("array: it is one array of JSON; write an object a line"))
  }
}
