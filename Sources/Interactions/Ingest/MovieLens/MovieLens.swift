import Artifacts
import SystemFiles
import Tables

/// Reads MovieLens, by the files in its folder.
///
/// MovieLens 100K comes in GroupLens's own layout (`u.data`, `u.item`, `u.user`: Latin-1) or in the tab-separated form
/// that RecBole carries (`ml-100k.inter`, `.item`, `.user`: UTF-8). Both give the same tables, whose candidates are
/// titles. Of the larger ones candidates are ids with titles as their names: 1M and 10M (`ratings.dat`, `movies.dat`),
/// and 20M, 25M, 32M and "latest" (`ratings.csv`, `movies.csv`).
package struct MovieLens: RawSource {
  package init() {}

  package func read(_ folder: String) throws -> Ingested {
    if Files.exists("\(folder)/u.data") { return try GroupLensLayout(folder: folder).read() }
    if Files.exists("\(folder)/ml-100k.inter") { return try TabSeparatedLayout(folder: folder).read() }
    if Files.exists("\(folder)/ratings.dat") { return try DoubleColonLayout(folder: folder).read() }
    if Files.exists("\(folder)/ratings.csv") { return try CommaLayout(folder: folder).read() }
    throw DataError.badSource(folder, .notMovieLens)
  }

  /// `true` if a folder has the ratings of one of the layouts.
  static func isLayout(of folder: String) -> Bool {
    ["u.data", "ml-100k.inter", "ratings.dat", "ratings.csv"].contains { Files.exists("\(folder)/\($0)") }
  }

  /// A row of the list of movies.
  struct Movie {
    var id: String
    var title: String
    var genres: [String]

    /// The year of the last four digits in parentheses; titles such as "… (1995) (V)" say more behind them.
    var releaseYear: Int64? {
      let bytes = Array(title.utf8)
      for end in stride(from: bytes.count - 1, through: 5, by: -1) where bytes[end] == UInt8(ascii: ")") {
        let digits = bytes[end - 4..<end]
        if bytes[end - 5] == UInt8(ascii: "("), digits.allSatisfy({ 48...57 ~= $0 }) {
          return Int64(String(decoding: digits, as: UTF8.self))
        }
      }
      return nil
    }
  }

  struct User {
    var id: String
    var age: Int64
    var gender: String
    var occupation: String
    var zipCode: String
  }

  struct Ratings {
    private var users = TypedColumnBuilder(.text)
    private var movies = TypedColumnBuilder(.text)
    private var ratings = TypedColumnBuilder(.real)
    private var timestamps = TypedColumnBuilder(.integer)
    /// The file of the ratings, and the line of each.
    let file: String
    private(set) var lines: [Int] = []

    init(file: String) { self.file = file }

    /// - Parameter row: user, movie, rating, timestamp.
    mutating func append(_ row: MovieLensRow) throws {
      let (user, movie) = (try row.identifier(0), try row.identifier(1))
      let (rating, timestamp) = (try row.number(2), try row.number(3))
      users.append(user)
      movies.append(movie)
      ratings.append(rating)
      timestamps.append(Int64(timestamp))
      lines.append(row.record.line)
    }

    /// The ratings with the titles of their movies; one whose movie has no title is refused.
    func interactions(titles: [String: String]) throws(DataError) -> Interactions {
      guard !lines.isEmpty else { throw .noRows(file) }
      let rated = movies.text
      let rowTitles = try rated.renaming { movie throws(DataError) in
        if let title = titles[movie] { return title }
        let row = rated.codes.indices.first { rated[$0] == movie } ?? 0
        throw .badRow(Reject(file: file, place: .line(lines[row]), field: "movie_id", fault: .unknownMovie(movie)))
      }
      return Interactions(
        columns: [
          users.column("user_id"), Column("movie_id", .text(rated)), Column("movie_title", .text(rowTitles)),
          ratings.column("rating"), timestamps.column("timestamp"),
        ], rows: lines.count,
        roles: .init(query: "user_id", candidate: "movie_title", timestamp: "timestamp", weight: "rating"))
    }
  }

  static func assemble(_ ratings: Ratings, movies: [Movie], users: [User]) throws -> Ingested {
    let titles = Dictionary(movies.map { ($0.id, $0.title) }) { first, _ in first }
    let interactions = try ratings.interactions(titles: titles)
    let catalog = Catalog(
      columns: [
        Column("movie_id", text: movies.map(\.id)), Column("movie_title", text: movies.map(\.title)),
        Column("genres", textLists: movies.map { $0.genres.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }),
        Column("release_year", integers: movies.map(\.releaseYear)),
      ], rows: movies.count, key: "movie_title")
    return Ingested(interactions: interactions, catalog: catalog, users: Self.catalog(of: users))
  }

  static func catalog(of users: [User]) -> Catalog {
    Catalog(
      columns: [
        Column("user_id", text: users.map(\.id)), Column("age", integers: users.map(\.age)),
        Column("gender", text: users.map(\.gender)), Column("occupation", text: users.map(\.occupation)),
        Column("zip_code", text: users.map(\.zipCode)),
      ], rows: users.count, key: "user_id")
  }
}
