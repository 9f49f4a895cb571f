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
  struct Read {
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

  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  func write(_ text: String, to name: String, _ encoding: String.Encoding = .utf8) throws {
    let path = "\(scratch.path)/data/\(name)"
    try FileManager.default.createDirectory(
      atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path, withIntermediateDirectories: true)
    try #require(text.data(using: encoding)).write(to: URL(fileURLWithPath: path))
  }

  func stage(_ source: String, _ words: [String]) -> Ending {
    let outputs = ["interactions", "catalog", "users", "rejects"]
    return IngestStage.respond(
      to: ["--input", "source=\(scratch.path)/data\(source.isEmpty ? "" : "/\(source)")"]
        + outputs.flatMap { ["--output", "\($0)=\(scratch.file($0))"] } + words)
  }

  func read(_ source: String, _ words: String...) throws -> Read { try read(source, words) }

  func read(_ source: String, _ words: some Sequence<String>) throws -> Read {
    let ending = stage(source, Array(words))
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

  func refusal(_ source: String, _ words: String...) -> String { refusal(source, words) }

  func refusal(_ source: String, _ words: some Sequence<String>) -> String {
    stage(source, Array(words)).complaint ?? "it was read"
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
}
