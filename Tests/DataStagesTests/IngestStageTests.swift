import Artifacts
import Foundation
import Interactions
import Tables
import TestKit
import Testing

@testable import StageKit
@testable import ingest

@Suite("The stage ingest")
struct IngestStageTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    try scratch.write(Array("who,what,at\nann,tea,1767225600\nbob,\"tea\",1767225601\n".utf8), to: "orders.csv")
  }

  private func run(_ words: String...) -> Ending {
    let outputs = ["interactions", "catalog", "users", "rejects"]
    return IngestStage.respond(
      to: ["--input", "source=\(scratch.file("orders.csv"))"]
        + outputs.flatMap { ["--output", "\($0)=\(scratch.file($0))"] } + words)
  }

  @Test("publishes the interactions that the format reads")
  func publishes() throws {
    #expect(run("--format=delimited", "--query=who", "--candidate=what", "--timestamp=at") == Ending())
    let interactions = try Interactions(ArtifactFile(path: scratch.file("interactions")))
    #expect(interactions.count == 2 && interactions.roles.timestamp == "at")
    #expect(try Catalog(ArtifactFile(path: scratch.file("users"))).keys.dictionary.array == ["ann", "bob"])
  }

  @Test("reads Parquet and SQLite by their options")
  func typed() throws {
    let shop =
      URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().path
      + "/ParquetTests/Fixtures/shop"
    let roles = ["--query=customer", "--candidate=product", "--timestamp=at", "--weight=amount"]
    let outputs = ["interactions", "catalog", "users", "rejects"]
    func respond(_ folder: Scratch, _ source: String, _ words: [String]) -> Ending {
      IngestStage.respond(
        to: ["--input", "source=\(source)"] + outputs.flatMap { ["--output", "\($0)=\(folder.file($0))"] } + roles
          + words)
    }
    var digests: Set<String> = []
    for threads in ["1", "3"] {
      let folder = try Scratch()
      let ending = respond(
        folder, "\(shop)/parts", ["--format=parquet", "--read-columns=zip", "--threads=\(threads)"])
      #expect(ending == Ending())
      let file = try ArtifactFile(path: folder.file("interactions"))
      digests.insert(file.header.digest.hexadecimal)
      let columns = try Interactions(file).table.columns
      #expect(columns.map(\.name) == ["customer", "product", "at", "amount", "zip"])
    }
    #expect(digests.count == 1)

    let folder = try Scratch()
    let script =
      "import sqlite3; c = sqlite3.connect('a.db'); c.execute('create table t (customer, product, at, amount)'); "
      + "c.execute('create table p (product, price)'); c.execute(\"insert into p values ('tea', 2)\"); "
      + "c.execute(\"insert into t values (1, 'tea', 1767225600, 2)\"); c.commit()"
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-c", script]
    process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
    try process.run()
    process.waitUntilExit()
    let words = ["--format=sqlite", "--sql=select * from t where amount > 1", "--catalog-table=p"]
    #expect(respond(folder, folder.file("a.db"), words) == Ending())
    #expect(try Interactions(ArtifactFile(path: folder.file("interactions"))).count == 1)
    #expect(try Catalog(ArtifactFile(path: folder.file("catalog"))).table.columns.map(\.name) == ["product", "price"])
    #expect(
      respond(try Scratch(), folder.file("a.db"), ["--format=sqlite", "--sql=select 1", "--table=t"])
        == Ending(code: 64, complaint: "ingest: --table and --sql both say what to read; give one"))
  }

  @Test("refuses the options of other formats, and names the format they belong to")
  func owners() throws {
    let tables = [
      "query=who", "candidate=what", "timestamp=at", "weight=n", "interactions-file=x", "catalog-file=x",
      "catalog-key=x", "candidate-name=x", "users-file=x", "users-key=x", "on-bad-row=skip", "missing=NULL", "lists=x",
      "time-format=%F",
      "decimal-separator=,", "thousands-separator=_", "keep=a == b", "duplicates=first", "minimum-rows-by-query=2",
      "minimum-rows-by-candidate=2",
    ]
    let words =
      tables.map { ($0, "delimited or json-lines or parquet or sqlite or recbole or adjacency-list") }
      + [("encoding=latin-1", "delimited or json-lines")]
      + ["read-columns=x", "read-catalog-columns=x"].map { ($0, "parquet") }
      + ["table=x", "sql=x", "catalog-table=x", "catalog-sql=x", "users-table=x", "users-sql=x"].map { ($0, "sqlite") }
      + ["separator=;", "header=false", "columns=x", "quote=none", "escape=backslash"].map { ($0, "delimited") }
    for (word, formats) in words {
      let name = word.prefix { $0 != "=" }
      #expect(
        run("--format=movielens", "--\(word)")
          == Ending(
            code: 64,
            complaint: "ingest: --\(name) is for --format \(formats); movielens is read without it"))
    }
    #expect(
      run("--format=parquet", "--query=who", "--candidate=what", "--separator=;").complaint
        == "ingest: --separator is for --format delimited; parquet is read without it")
  }

  @Test(
    "refuses incompatible options in one line",
    arguments: [
      ([], "--format delimited needs --query and --candidate: the columns that say who and what"),
      (["--query=a", "--candidate=a"], "--query and --candidate are both \"a\""),
      (["--query=who", "--candidate=what", "--candidate-name=x"], "--candidate-name is for a --catalog-file"),
      (["--query=who", "--candidate=what", "--users-key=x"], "--users-key is for a --users-file"),
      (
        ["--query=who", "--candidate=what", "--previous=1"],
        "--previous goes by time; name the column of times with --timestamp"
      ),
      (
        ["--query=who", "--candidate=what", "--separator=a\"b"],
        "--separator is \"a\"b\"; give 1 to 8 characters without quotes, or \"tab\""
      ),
      (
        ["--query=who", "--candidate=what", "--quote=ab"],
        "--quote is \"ab\"; give one character of ASCII, or \"none\""
      ),
      (
        ["--query=who", "--candidate=what", "--keep=rating>=4"],
        "--keep: \"rating>=4\" is not a condition; write COLUMN COMPARISON VALUE with spaces between, such as "
          + "\"rating >= 4\", \"event == purchase\" or \"event in view|purchase\""
      ),
      (
        ["--query=who", "--candidate=what", "--keep=rating >= good"],
        "--keep: \"rating >= good\" compares with \"good\", which is neither a number nor a date; write a number, "
          + "2026-03-01, or == for text"
      ),
      (
        ["--query=who", "--candidate=what", "--time-format=%Y-%q"],
        "--time-format \"%Y-%q\": %q is not read; there are %Y %y %m %b %B %d %e %H %I %p %M %S %f %z %a %A %T %F %D "
          + "%R and %%"
      ),
      (
        ["--query=who", "--candidate=what", "--time-format=%H:%M"],
        "--time-format \"%H:%M\": it has no year, month and day; give something like %d.%m.%Y %H:%M"
      ),
      (["--weights=a=1"], "--weights goes with --weight-by, the column that has their values"),
      (["--weight-by=a"], "--weight-by needs --weights, such as view=1 and purchase=5"),
      (
        ["--weight-by=a", "--weights=view"],
        "--weights has \"view\"; write VALUE=NUMBER, such as purchase=5"
      ),
      (
        ["--query=who", "--candidate=what", "--weight=n", "--weight-by=a", "--weights=view=1"],
        "--weight and --weight-by both give weights; give one of them"
      ),
      (["--minimum-rows-by-query=0"], "--minimum-rows-by-query is 0; give 1 or more"),
      (["--decimal-separator=;;"], "--decimal-separator is \";;\"; give one character, such as \",\""),
      (["--thousands-separator=."], "--decimal-separator and --thousands-separator are both \".\""),
      (["--list-separator=,"], "--list-separator goes with --lists"),
      (["--max-bad-rows=0.5"], "--max-bad-rows goes with --on-bad-row=skip"),
      (["--previous=101"], "--previous is 101; give 0 to 100 rows"),
    ])
  func mismatches(words: [String], reason: String) {
    let ending = IngestStage.respond(to: ["--format=delimited"] + words)
    #expect(ending == Ending(code: 64, complaint: "ingest: \(reason)"))
  }
}
