import Artifacts
import Foundation
import Interactions
import Tables
import TestKit
import Testing

@testable import StageKit
@testable import ingest

/// Exports of shops and databases.
extension LayoutTests {
  @Test("13. Semicolons that nobody declared, and a catalog with another separator")
  func semicolons() throws {
    try write("Bestellnr,Kundennr,Artikel\n1,7,Tee\n", to: "orders.csv")
    try write("Artikel;Preis;Gewicht\nTee;12,50;1.200\nKanne;8,00;900\n", to: "products.csv")
    let read = try read(
      "", "--format=delimited", "--query=Kundennr", "--candidate=Artikel", "--interactions-file=orders.csv",
      "--catalog-file=products.csv", "--decimal-separator=,", "--thousands-separator=.")
    #expect(read.catalog.table.reals("Preis") == [12.5, 8])
    #expect(read.catalog.table.integers("Gewicht") == [1200, 900])
    try write("Bestellnr;Kundennr;Artikel\n1;7;Tee, grün\n", to: "more.csv")
    #expect(
      try self.read("more.csv", "--format=delimited", "--query=Kundennr", "--candidate=Artikel").rows
        == [["1", "7", "Tee, grün"]])
    #expect(
      refusal("more.csv", "--format=delimited", "--query=Kunde", "--candidate=Artikel")
        == "ingest: more.csv: it has no column \"Kunde\"; there are Bestellnr, Kundennr, Artikel")
  }

  @Test("14. Decimal commas in weights")
  func decimalComma() throws {
    try write("who;what;stars\nann;tea;1.234,5\nbob;tea;2\n", to: "a.csv")
    let words = ["--format=delimited", "--query=who", "--candidate=what", "--weight=stars"]
    #expect(
      stage("a.csv", words).complaint?.contains(
        "line 2: field \"stars\": \"1.234,5\" is not a number; if its comma begins the fraction, give decimal-separator"
      ) == true)
    let ending = stage("a.csv", words + ["--decimal-separator=,", "--thousands-separator=."])
    try #require(ending == Ending(), "\(ending)")
    #expect(try Interactions(ArtifactFile(path: scratch.file("interactions"))).table.reals("stars") == [1234.5, 2])
  }

  @Test("15. Excel: UTF-16 with its mark, and a first line that names the separator")
  func excel() throws {
    let rows = [["7", "Küche 🍵"], ["8", "Bad"]]
    let text = "Kunde\tArtikel\r\n7\tKüche 🍵\r\n8\tBad\r\n"
    for (encoding, mark) in [(String.Encoding.utf16LittleEndian, "\u{feff}"), (.utf16BigEndian, "\u{feff}")] {
      try write(mark + text, to: "a.txt", encoding)
      #expect(try read("a.txt", "--format=delimited", "--query=Kunde", "--candidate=Artikel").rows == rows)
    }
    try write(text, to: "b.txt", .utf16LittleEndian)
    #expect(
      refusal("b.txt", "--format=delimited", "--query=Kunde", "--candidate=Artikel").contains("give encoding utf-16"))
    #expect(
      try read("b.txt", "--format=delimited", "--query=Kunde", "--candidate=Artikel", "--encoding=utf-16").rows == rows)
    try write("\u{feff}sep=;\r\nKunde;Artikel\r\n7;Küche 🍵\r\n8;Bad\r\n", to: "c.csv")
    #expect(try read("c.csv", "--format=delimited", "--query=Kunde", "--candidate=Artikel").rows == rows)
    try write("sep=;\nKunde;Artikel\n7\n", to: "d.csv")
    #expect(
      refusal("d.csv", "--format=delimited", "--query=Kunde", "--candidate=Artikel").contains(
        "d.csv: line 3: it has 1 fields; expected 2"))
  }

  @Test("16. windows-1252, declared as Latin-1 or as itself")
  func windows() throws {
    try write("who,what\nann,5 € – “best”\n", to: "a.csv", .windowsCP1252)
    #expect(
      refusal("a.csv", "--format=delimited", "--query=who", "--candidate=what", "--encoding=latin-1")
        == "ingest: a.csv: it has the byte 0x80, which is no character of Latin-1; if it is windows-1252, as Windows "
        + "writes it, give that as encoding")
    #expect(
      try read("a.csv", "--format=delimited", "--query=who", "--candidate=what", "--encoding=windows-1252").rows
        == [["ann", "5 € – “best”"]])
  }

  @Test("17. Dates as people write them")
  func dates() throws {
    try write("who,what,at\nann,tea,28.11.2026 09:05\nbob,tea,1.2.2026 23:59\n", to: "a.csv")
    #expect(
      refusal("a.csv", "--format=delimited", "--query=who", "--candidate=what", "--timestamp=at").contains(
        "\"28.11.2026 09:05\" is neither a number of seconds nor an ISO 8601 time; give its form with time-format"))
    let read = try read(
      "a.csv", "--format=delimited", "--query=who", "--candidate=what", "--timestamp=at",
      "--time-format=%d.%m.%Y %H:%M", "--keep=at >= 2026-11-01")
    #expect(read.rows == [["ann", "tea", "1795856700"]])
    try write("who,what,at\nann,tea,11/28/26 09:05:00 PM +0100\n", to: "b.csv")
    #expect(
      try self.read(
        "b.csv", "--format=delimited", "--query=who", "--candidate=what", "--timestamp=at",
        "--time-format=%m/%d/%y %I:%M:%S %p %z"
      ).rows == [["ann", "tea", "1795896300"]])
    #expect(
      refusal(
        "b.csv", "--format=delimited", "--query=who", "--candidate=what", "--timestamp=at", "--time-format=%d.%m.%Y"
      ).contains("line 2: field \"at\": \"11/28/26 09:05:00 PM +0100\" is not a time of the form %d.%m.%Y"))
  }

  @Test("18. Categories in one field")
  func categories() throws {
    try write("Artikel,Kategorien\nTee,Küche|Sale\nKanne, Küche \nX,\n", to: "products.csv")
    try write("who,Artikel\nann,Tee\n", to: "orders.csv")
    let read = try read(
      "", "--format=delimited", "--query=who", "--candidate=Artikel", "--catalog-file=products.csv",
      "--lists=Kategorien")
    #expect(
      read.catalog.table.column("Kategorien") == Column("Kategorien", textLists: [["Küche", "Sale"], ["Küche"], []]))
  }

  @Test("19. Words for missing values, as programs write them")
  func missing() throws {
    try write("who,what,price\nann,tea,NULL\n\\N,tea,2\nbob,pot,3\n", to: "a.csv")
    let words = ["--format=delimited", "--query=who", "--candidate=what", "--missing=NULL", "--missing=\\N"]
    #expect(stage("a.csv", words).complaint?.contains("a.csv: line 3: field \"who\": it is empty") == true)
    let ending = stage("a.csv", words + ["--keep=who != \"\""])
    try #require(ending == Ending(), "\(ending)")
    let table = try Interactions(ArtifactFile(path: scratch.file("interactions"))).table
    #expect(table.column("price") == Column("price", integers: [nil, 3]))
    // MySQL's and PostgreSQL's own text has escapes, and \N for what is missing.
    try write("ann\ttea\t\\N\nbob\tpot\\tblue\t3\n", to: "b.tsv")
    try #require(FileManager.default.fileExists(atPath: scratch.file("interactions")))
    for name in ["interactions", "catalog", "users", "rejects"] {
      try FileManager.default.removeItem(atPath: scratch.file(name))
    }
    let read = try read(
      "b.tsv", "--format=delimited", "--header=false", "--columns=who", "--columns=what", "--columns=price",
      "--escape=backslash", "--query=who", "--candidate=what")
    #expect(read.rows == [["ann", "tea", ""], ["bob", "pot\tblue", "3"]])
    #expect(read.interactions.table.column("price")?.kind == .integer)
  }

  @Test("20. Views and purchases in one file: filters, weights, duplicates, minimum rows")
  func events() throws {
    try write(
      """
      who,what,event,at,price
      ann,tea,view,1767225600,
      ann,tea,purchase,1767225700,3
      ann,pot,view,1767225800,
      bob,tea,view,1767225900,
      bob,cup,refund,1767226000,x

      """, to: "a.csv")
    let words = ["--format=delimited", "--query=who", "--candidate=what", "--timestamp=at"]
    // Rows that are left out need not be right.
    let bought = try read("a.csv", words + ["--weight=price", "--keep=event == purchase"])
    #expect(bought.rows == [["ann", "tea", "purchase", "1767225700", "3"]])
    let weighted = try read(
      "a.csv",
      words + [
        "--keep=event in view|purchase", "--weight-by=event", "--weights=view=1", "--weights=purchase=5",
        "--duplicates=sum",
      ])
    #expect(weighted.interactions.roles.weight == "weight")
    #expect(
      weighted.rows.map { [$0[0], $0[1], $0[5]] } == [["ann", "tea", "6"], ["ann", "pot", "1"], ["bob", "tea", "1"]])
    #expect(
      refusal("a.csv", words + ["--weight-by=event", "--weights=view=1"]).contains(
        "a.csv: field \"event\": \"purchase\" has no weight; give it one in weights, or leave such rows out with keep"))
    let frequent = try read(
      "a.csv", words + ["--minimum-rows-by-candidate=2", "--minimum-rows-by-query=2"])
    #expect(frequent.rows.map { [$0[0], $0[1]] } == [["ann", "tea"], ["ann", "tea"]])
    #expect(
      refusal("a.csv", words + ["--keep=event == sale"])
        == "ingest: a.csv: not a single row is left by keep event == sale")
  }

  @Test("25. What psql, DuckDB and bq print")
  func databases() throws {
    try write(
      #"""
      customer,product,price,at
      ann,"Tea, ""green""",2.50,2026-01-01 09:00:00+00
      bob,"Brush
      large",,2026-01-02 01:30:00.123456+01:30
      Zoë,"",2.50,2026-01-03 00:00:00 UTC

      """#, to: "orders.csv")
    let words = ["--format=delimited", "--query=customer", "--candidate=product", "--timestamp=at"]
    #expect(
      stage("orders.csv", words).complaint?.contains("orders.csv: line 5: field \"product\": it is empty") == true)
    let read = try read("orders.csv", words + ["--keep=product != \"\""])
    #expect(
      read.rows == [
        ["ann", "Tea, \"green\"", "2.5", "1767258000"], ["bob", "Brush\nlarge", "", "1767312000"],
      ])
  }
}
