import Artifacts
import Foundation
import Interactions
import Tables
import TestKit
import Testing

@testable import StageKit
@testable import ingest

/// Made-up excerpts of the layouts of Docs/reference/raw-data.md, by their numbers there, each with the peculiarities
/// of its layout.
@Suite("Layouts of raw data")
struct LayoutTests {
  private struct Read {
    let interactions: Interactions
    let catalog: Catalog
    let users: Catalog
    let rejects: Int

    /// Every row, column by column.
    var rows: [[String]] { Self.rows(interactions.table) }
    var candidates: [[String]] { Self.rows(catalog.table) }

    static func rows(_ table: Table) -> [[String]] {
      (0..<table.rows).map { row in table.columns.map { $0.text(row) } }
    }

    func names(_ table: Table) -> [String] { table.columns.map(\.name) }
  }

  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func write(_ text: String, to name: String, _ encoding: String.Encoding = .utf8) throws {
    let path = "\(scratch.path)/data/\(name)"
    try FileManager.default.createDirectory(
      atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path, withIntermediateDirectories: true)
    try #require(text.data(using: encoding)).write(to: URL(fileURLWithPath: path))
  }

  private func stage(_ source: String, _ words: [String]) -> Ending {
    let outputs = ["interactions", "catalog", "users", "rejects"]
    return IngestStage.respond(
      to: ["--input", "source=\(scratch.path)/data\(source.isEmpty ? "" : "/\(source)")"]
        + outputs.flatMap { ["--output", "\($0)=\(scratch.file($0))"] } + words)
  }

  private func read(_ source: String, _ words: String...) throws -> Read {
    let ending = stage(source, words)
    try #require(ending == Ending(), "\(ending)")
    let read = Read(
      interactions: try Interactions(ArtifactFile(path: scratch.file("interactions"))),
      catalog: try Catalog(ArtifactFile(path: scratch.file("catalog"))),
      users: try Catalog(ArtifactFile(path: scratch.file("users"))),
      rejects: try Table("rejects", from: ArtifactFile(path: scratch.file("rejects"))).rows)
    for name in ["interactions", "catalog", "users", "rejects"] {
      try FileManager.default.removeItem(atPath: scratch.file(name))
    }
    return read
  }

  private func refusal(_ source: String, _ words: String...) -> String {
    stage(source, words).complaint ?? "it was read"
  }

  // MARK: MovieLens

  @Test("1, 2. MovieLens 100K, in both layouts")
  func movieLens100K() throws {
    try write("196\t242\t3\t881250949\n", to: "u.data")
    let flags = Array(repeating: "0", count: 18).joined(separator: "|")
    try write("242|Misérables, Les (1995)|01-Jan-1995||http://x/|1|\(flags)\n", to: "u.item", .isoLatin1)
    try write("196|49|M|writer|55105\n", to: "u.user")
    for format in ["movielens", "movielens-100k"] {
      let read = try read("", "--format=\(format)")
      #expect(read.rows == [["196", "242", "Misérables, Les (1995)", "3", "881250949"]])
      #expect(read.interactions.roles.candidate == "movie_title")
      #expect(read.candidates == [["242", "Misérables, Les (1995)", "unknown", "1995"]])
    }
  }

  @Test("3. MovieLens 1M: ::, titles with colons, Latin-1")
  func movieLens1M() throws {
    try write("1::2::5::978300760\n1::3::3::978302109\n", to: "ratings.dat")
    try write(
      "2::Star Wars: Episode IV (1977)::Action|Sci-Fi\n3::Misérables, Les (1995)::Drama|Musical\n", to: "movies.dat",
      .isoLatin1)
    try write("1::F::1::10::48067\n", to: "users.dat")
    let read = try read("", "--format=movielens")
    #expect(read.rows == [["1", "2", "5", "978300760"], ["1", "3", "3", "978302109"]])
    #expect(
      read.interactions.roles
        == .init(query: "user_id", candidate: "movie_id", timestamp: "timestamp", weight: "rating"))
    #expect(
      read.candidates == [
        ["2", "Star Wars: Episode IV (1977)", "Action|Sci-Fi", "1977"],
        ["3", "Misérables, Les (1995)", "Drama|Musical", "1995"],
      ])
    #expect(read.catalog.nameColumn == "movie_title" && read.catalog.table.column("genres")?.kind == .textList)
    #expect(Read.rows(read.users.table) == [["1", "1", "F", "10", "48067"]])
  }

  @Test("4. MovieLens 10M: UTF-8, half stars, no users; times in milliseconds are seconds")
  func movieLens10M() throws {
    try write("1::122::4.5::838985046000\n", to: "ratings.dat")
    try write(
      "122::Amélie: Le fabuleux destin (2001)::Comedy\n7::Odd (no year)::(no genres listed)\n", to: "movies.dat")
    try write("1::122::great::838985046\n", to: "tags.dat")
    let read = try read("", "--format=movielens")
    #expect(read.rows == [["1", "122", "4.5", "838985046"]])
    #expect(
      read.candidates == [
        ["122", "Amélie: Le fabuleux destin (2001)", "Comedy", "2001"], ["7", "Odd (no year)", "", ""],
      ])
    #expect(read.users.keys.dictionary.array == ["1"])
  }

  @Test("5. MovieLens 20M, 25M, 32M and latest: quoted titles, movies without genres")
  func movieLensLatest() throws {
    try write("userId,movieId,rating,timestamp\n1,296,5.0,1147880044\n2,7,0.5,1147880045\n", to: "ratings.csv")
    try write(
      "movieId,title,genres\r\n296,\"Shop, \"\"The\"\" (1994)\",Comedy|Drama\r\n7,Odd,(no genres listed)\r\n",
      to: "movies.csv")
    try write("movieId,imdbId,tmdbId\n296,1,2\n", to: "links.csv")
    let read = try read("", "--format=movielens")
    #expect(read.rows == [["1", "296", "5", "1147880044"], ["2", "7", "0.5", "1147880045"]])
    #expect(read.candidates == [["296", "Shop, \"The\" (1994)", "Comedy|Drama", "1994"], ["7", "Odd", "", ""]])
    try write("user_id,book_id,rating\n1,2,3\n", to: "ratings.csv")
    #expect(
      refusal("", "--format=movielens")
        == "ingest: ratings.csv: its columns are user_id, book_id, rating, and MovieLens has userId, movieId, rating, "
        + "timestamp; read other data with format delimited")
  }

  @Test("6. MovieLens latest as delimited text, with genres as lists")
  func genres() throws {
    try write("userId,movieId,rating,timestamp\n1,296,5.0,1147880044\n", to: "ratings.csv")
    try write("movieId,title,genres\n296,Pulp (1994),Comedy|Drama\n", to: "movies.csv")
    let read = try read(
      "", "--format=delimited", "--query=userId", "--candidate=movieId", "--interactions-file=ratings.csv",
      "--catalog-file=movies.csv", "--candidate-name=title", "--lists=genres")
    #expect(read.catalog.table.column("genres") == Column("genres", textLists: [["Comedy", "Drama"]]))
    #expect(
      refusal(
        "", "--format=delimited", "--query=userId", "--candidate=movieId", "--interactions-file=ratings.csv",
        "--catalog-file=movies.csv", "--lists=genre")
        == "ingest: ratings.csv: it has no column \"genre\"; did you mean \"genres\"?")
  }

  // MARK: Research data

  @Test("7. RecBole's atomic files: typed headers, sequences")
  func recBole() throws {
    try write(
      "user_id:token\titem_id:token\trating:float\ttimestamp:float\n1\t7\t4\t881250949\n2\t7\t\"3\t881250950\n",
      to: "ml/ml.inter")
    #expect(refusal("", "--format=recbole").contains("ml/ml.inter: line 3: field \"rating\": \"\"3\" is not a number"))
    try write("user_id:token\titem_id:token\trating:float\ttimestamp:float\n1\t7\t4\t881250949\n", to: "ml/ml.inter")
    try write(
      "item_id:token\tmovie_title:token_seq\tclass:token_seq\n7\tToy Story\tAnimation Comedy\n8\tOdd\t\n",
      to: "ml/ml.item")
    try write("user_id:token\tage:token\n1\t24\n9\t30\n", to: "ml/ml.user")
    let read = try read("", "--format=recbole", "--candidate-name=movie_title")
    #expect(read.rows == [["1", "7", "4", "881250949"]])
    #expect(
      read.interactions.roles == .init(query: "user_id", candidate: "item_id", timestamp: "timestamp", weight: "rating")
    )
    #expect(read.catalog.table.column("class") == Column("class", textLists: [["Animation", "Comedy"], []]))
    #expect(read.catalog.nameColumn == "movie_title" && read.candidates[0][1] == "Toy Story")
    #expect(Read.rows(read.users.table) == [["1", "24"], ["9", "30"]])
    try write("user_id\titem_id\n1\t7\n", to: "ml/ml.inter")
    #expect(
      refusal("", "--format=recbole").contains(
        "column \"user_id\" has no type of RecBole; its header has to say NAME:token"))
  }

  @Test("8. Adjacency lists of graph recommenders")
  func adjacencyLists() throws {
    try write("0 5 7 9\n1\n2 5 \n", to: "train.txt")
    let read = try read("train.txt", "--format=adjacency-list")
    #expect(read.rows == [["0", "5"], ["0", "7"], ["0", "9"], ["2", "5"]])
    #expect(read.interactions.roles == .init(query: "user_id", candidate: "item_id"))
    // As delimited text they are none.
    #expect(
      refusal(
        "train.txt", "--format=delimited", "--header=false", "--separator= ", "--query=column1", "--candidate=column2",
        "--on-bad-row=skip"
      ).contains("max-bad-rows allows a share of 0.01"))
  }

  @Test("9. HetRec Last.fm: tabs, quotes that stand for themselves")
  func hetRec() throws {
    try write("userID\tartistID\tweight\n2\t51\t13883\n2\t52\t11690\n", to: "user_artists.dat")
    try write(
      "id\tname\turl\n51\t\"Weird Al\" Yankovic\thttp://x/\n52\tDuran Duran\thttp://y/\n", to: "artists.dat")
    let words = [
      "--format=delimited", "--query=userID", "--candidate=artistID", "--weight=weight",
      "--interactions-file=user_artists.dat", "--catalog-file=artists.dat", "--catalog-key=id", "--candidate-name=name",
    ]
    #expect(
      stage("", words).complaint?.contains(
        "artists.dat: line 2: field \"name\": text follows its closing quote; if quotes stand for themselves, "
          + "give quote none") == true)
    let ending = stage("", words + ["--quote=none"])
    try #require(ending == Ending(), "\(ending)")
    let catalog = try Catalog(ArtifactFile(path: scratch.file("catalog")))
    #expect(catalog.table.text("name")?[0] == "\"Weird Al\" Yankovic")
  }

  @Test("10. Book-Crossing as it was published: semicolons, backslashes before quotes, Latin-1")
  func bookCrossing() throws {
    try write("\"User-ID\";\"ISBN\";\"Book-Rating\"\n\"276725\";\"034545104X\";\"0\"\n", to: "BX-Book-Ratings.csv")
    try write(
      "\"ISBN\";\"Book-Title\"\r\n\"034545104X\";\"Die \\\"Müller\\\"; ein Roman\"\r\n", to: "BX-Books.csv",
      .isoLatin1)
    let words = [
      "--format=delimited", "--query=User-ID", "--candidate=ISBN", "--interactions-file=BX-Book-Ratings.csv",
      "--catalog-file=BX-Books.csv", "--encoding=latin-1", "--keep=Book-Rating >= 0",
    ]
    #expect(
      stage("", words).complaint?.contains(
        "BX-Books.csv: line 2: field \"Book-Title\": text follows its closing quote; if a backslash before a quote "
          + "makes it part of the field, give escape backslash") == true)
    let ending = stage("", words + ["--escape=backslash"])
    try #require(ending == Ending(), "\(ending)")
    let catalog = try Catalog(ArtifactFile(path: scratch.file("catalog")))
    #expect(catalog.table.text("Book-Title")?[0] == "Die \"Müller\"; ein Roman")
  }

  @Test("11. Book-Crossing with carriage returns alone; 12. as CSV")
  func bookCrossingForms() throws {
    try write("User-ID,ISBN,Book-Rating\r276725,034545104X,0\r2,0155061224,5\r", to: "cr.csv")
    try write("user_id,isbn,rating\n276725,034545104X,0\n2,0155061224,5\n", to: "plain.csv")
    let returns = try read("cr.csv", "--format=delimited", "--query=User-ID", "--candidate=ISBN")
    let plain = try read("plain.csv", "--format=delimited", "--query=user_id", "--candidate=isbn")
    #expect(returns.rows == plain.rows && plain.rows[1] == ["2", "0155061224", "5"])
  }

  // MARK: Exports of shops

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
    let bought = try read("a.csv", words[0], words[1], words[2], words[3], "--weight=price", "--keep=event == purchase")
    #expect(bought.rows == [["ann", "tea", "purchase", "1767225700", "3"]])
    let weighted = try read(
      "a.csv", words[0], words[1], words[2], words[3], "--keep=event in view|purchase", "--weight-by=event",
      "--weights=view=1", "--weights=purchase=5", "--duplicates=sum")
    #expect(weighted.interactions.roles.weight == "weight")
    #expect(
      weighted.rows.map { [$0[0], $0[1], $0[5]] } == [["ann", "tea", "6"], ["ann", "pot", "1"], ["bob", "tea", "1"]])
    #expect(
      refusal("a.csv", words[0], words[1], words[2], words[3], "--weight-by=event", "--weights=view=1").contains(
        "a.csv: field \"event\": \"purchase\" has no weight; give it one in weights, or leave such rows out with keep"))
    let frequent = try read(
      "a.csv", words[0], words[1], words[2], words[3], "--minimum-rows-by-candidate=2", "--minimum-rows-by-query=2")
    #expect(frequent.rows.map { [$0[0], $0[1]] } == [["ann", "tea"], ["ann", "tea"]])
    #expect(
      refusal("a.csv", words[0], words[1], words[2], words[3], "--keep=event == sale")
        == "ingest: a.csv: not a single row is left by keep event == sale")
  }

  // MARK: Folders

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
        + "files hold interactions with interactions-file, and which candidates with catalog-file")
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
      refusal("", words[0], words[1], words[2], words[3]).contains(
        "events/day=2026-11-28/part-00000.csv: line 3: field \"what\": it is empty"))
    let all = try read(
      "", words[0], words[1], words[2], words[3], "--timestamp=day", "--keep=what != \"\"")
    #expect(
      all.rows == [
        ["ann", "tea", "1795737600"], ["bob", "tea", "1795824000"], ["cid", "pot", "1795824000"],
      ])
    let last = try read(
      "", words[0], words[1], words[2], words[3], "--interactions-file=events/day=*-28/part-*", "--keep=what != \"\"")
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
}
