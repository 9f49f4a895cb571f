import Artifacts
import Foundation
import Tables
import TestKit
import Testing

@testable import Interactions

@Suite("MovieLens 100K")
struct MovieLensTests {
  /// The data set, which `Scripts/fetch-movielens-100k` puts there.
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("data/ml-100k").path

  private func read() throws -> Ingested {
    try #require(
      FileManager.default.fileExists(atPath: Self.folder), "\(Self.folder) is missing; run Scripts/fetch-movielens-100k"
    )
    return try MovieLens().read(Self.folder)
  }

  @Test("has 100,000 ratings of 943 users, 1,682 movies of 1,664 titles, with genres and years")
  func facts() throws {
    let data = try read()
    #expect(data.interactions.count == 100_000)
    #expect(
      data.interactions.roles
        == .init(query: "user_id", candidate: "movie_title", timestamp: "timestamp", weight: "rating"))
    #expect(data.users.table.rows == 943)
    #expect(data.catalog.table.rows == 1682)
    #expect(data.catalog.keys.dictionary.count == 1664)
    #expect(data.rejects.isEmpty)
    #expect(data.unlistedCandidates == 0)
    let catalog = data.catalog.table
    func row(_ place: Int) -> [String] { catalog.columns.map { $0.text(place) } }
    #expect(row(0) == ["1", "Toy Story (1995)", "Animation|Children's|Comedy", "1995"])
    #expect(row(266) == ["267", "unknown", "unknown", ""])
    #expect(row(542)[1] == "Misérables, Les (1995)")
    #expect(
      row(1411) == [
        "1412", "Land Before Time III: The Time of the Great Giving (1995) (V)", "Animation|Children's", "1995",
      ])
    let genres = Set((0..<1682).flatMap { catalog.columns[2].text($0).split(separator: "|").map(String.init) })
    #expect(genres == Set(GroupLensLayout.genres))
    #expect(data.users.table.columns.map { $0.text(0) } == ["1", "24", "M", "technician", "85711"])
    #expect(data.users.table.column("zip_code")?.kind == .text)
    #expect(try data.interactions.text("movie_title")[0] == "Kolya (1996)")
    #expect(data.interactions.table.integers("timestamp")?[0] == 881_250_949)
  }

  @Test("has equal digests from GroupLens's own layout and from the tab-separated one")
  func layouts() throws {
    let data = try read()
    let folder = try Scratch()
    try write(data, inGroupLensLayoutTo: folder)
    let other = try MovieLens().read(folder.path)
    #expect(other.interactions == data.interactions)
    #expect(other.catalog == data.catalog)
    #expect(other.users == data.users)
    let digests = try [data, other].enumerated().map { number, data -> [Digest] in
      let lineage = Lineage(stage: "ingest", stageVersion: number)
      let paths = ["i", "c", "u"].map { "\(folder.path)/\($0)\(number).tandem" }
      try data.interactions.publish(to: paths[0], lineage: lineage)
      try data.catalog.publish(to: paths[1], type: Catalog.candidates, lineage: lineage)
      try data.users.publish(to: paths[2], type: Catalog.users, lineage: lineage)
      return try paths.map { try ArtifactFile(path: $0).digest }
    }
    #expect(digests[0] == digests[1])
  }

  /// Latin-1, with dates and flags, as GroupLens has it.
  private func write(_ data: Ingested, inGroupLensLayoutTo folder: Scratch) throws {
    let ratings = data.interactions.table
    var text = ""
    for row in 0..<ratings.rows {
      text +=
        ["user_id", "movie_id", "rating", "timestamp"].map { ratings.column($0)?.text(row) ?? "" }
        .joined(separator: "\t") + "\n"
    }
    try folder.write(text, to: "u.data", encoding: .isoLatin1)
    let movies = data.catalog.table.columns
    text = (0..<data.catalog.table.rows).map { row in
      let genres = Set(movies[2].text(row).split(separator: "|").map(String.init))
      let year = movies[3].text(row)
      let fields = [movies[0].text(row), movies[1].text(row), year.isEmpty ? "" : "01-Jan-\(year)", "", "http://x/"]
      return (fields + GroupLensLayout.genres.map { genres.contains($0) ? "1" : "0" }).joined(separator: "|") + "\n"
    }.joined()
    try folder.write(text, to: "u.item", encoding: .isoLatin1)
    text = (0..<data.users.table.rows).map { row in
      data.users.table.columns.map { $0.text(row) }.joined(separator: "|") + "\n"
    }.joined()
    try folder.write(text, to: "u.user", encoding: .isoLatin1)
  }

  @Test("is refused by file, line and field if malformed")
  func malformed() throws {
    let good = [
      "ml-100k.inter": "user_id:token\titem_id:token\trating:float\ttimestamp:float\n1\t1\t3\t5\n",
      "ml-100k.item": "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n1\tToy\t1995\tWar\n",
      "ml-100k.user": "user_id:token\tage:token\tgender:token\toccupation:token\tzip_code:token\n1\t24\tM\tnone\t1\n",
    ]
    let cases: [(String, String, String, String)] = [
      ("ml-100k.inter", "\t3\t", "\tthree\t", "ml-100k.inter: line 2: field \"rating\": \"three\" is not a number"),
      ("ml-100k.inter", "\t3\t", "\tnan\t", "ml-100k.inter: line 2: field \"rating\": \"nan\" is not a number"),
      ("ml-100k.inter", "\t5\n", "\t1e300\n", "ml-100k.inter: line 2: field \"timestamp\": \"1e300\" is not a number"),
      ("ml-100k.inter", "\t3\t5\n", "\t3\n", "ml-100k.inter: line 2: it has 3 fields; expected 4"),
      ("ml-100k.inter", "\n1\t1", "\n\t1", "ml-100k.inter: line 2: field \"user_id\": it is empty"),
      (
        "ml-100k.inter", "\n1\t1", "\n1\t7",
        "ml-100k.inter: line 2: field \"movie_id\": no movie \"7\" in the list of movies"
      ),
      ("ml-100k.user", "24", "old", "ml-100k.user: line 2: field \"age\": \"old\" is not a whole number"),
    ]
    for (file, from, to, message) in cases {
      let folder = try Scratch()
      for (name, text) in good {
        try folder.write(name == file ? text.replacingOccurrences(of: from, with: to) : text, to: name)
      }
      do {
        _ = try MovieLens().read(folder.path)
        Issue.record("\(message) was not noticed")
      } catch { #expect("\(error)" == message) }
    }
    let empty = try Scratch()
    #expect(throws: DataError.self) { try MovieLens().read(empty.path) }
    for name in good.keys {
      let folder = try Scratch()
      for (other, text) in good where other != name { try folder.write(text, to: other) }
      #expect(throws: (any Error).self) { try MovieLens().read(folder.path) }
    }
    let latin = try Scratch()
    for (name, text) in good {
      try latin.write(text.replacingOccurrences(of: "Toy", with: "Té"), to: name, encoding: .isoLatin1)
    }
    #expect(throws: DataError.self) { try MovieLens().read(latin.path) }
  }
}
