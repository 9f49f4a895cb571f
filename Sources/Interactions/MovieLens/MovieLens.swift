import Artifacts
import SystemFiles
import Tables

/// Reads MovieLens 100K, in GroupLens's own layout (`u.data`, `u.item`, `u.user`: Latin-1) or in the tab-separated
/// form that RecBole carries (`ml-100k.inter`, `.item`, `.user`: UTF-8). Both give the same tables.
package enum MovieLens {
  package static func read(folder: String) throws -> Ingested {
    if Files.exists("\(folder)/u.data") { return try GroupLensLayout(folder: folder).read() }
    if Files.exists("\(folder)/ml-100k.inter") { return try TabSeparatedLayout(folder: folder).read() }
    throw DataError.badFile(
      file: folder, reason: "holds neither \"u.data\" nor \"ml-100k.inter\"; give the folder of MovieLens 100K")
  }

  struct Movie {
    var id: String
    var title: String
    var genres: [String]

    /// The last four digits in parentheses; titles such as "… (1995) (V)" say more behind them.
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
    var users = ColumnBuilder()
    var movies = ColumnBuilder()
    var ratings: [Double] = []
    var timestamps: [Int64] = []

    /// - Parameter row: user, movie, rating, timestamp.
    mutating func append(_ row: Row) throws {
      for place in 0...1 where row[place].isEmpty || !row[place].allSatisfy({ 0x20..<0x7f ~= $0 }) {
        throw row.bad(place, row[place].isEmpty ? "it is empty" : "it is not an id")
      }
      users.append(row[0])
      movies.append(row[1])
      ratings.append(try row.number(2))
      timestamps.append(Int64(try row.number(3)))
    }
  }

  /// - Parameter file: where the ratings stand; an unknown movie is named with its line.
  static func assemble(
    _ ratings: Ratings, movies: [Movie], users: [User], file: String, firstLine: Int
  ) throws -> Ingested {
    guard !ratings.ratings.isEmpty else { throw DataError.noRows(file) }
    let titles = Dictionary(movies.map { ($0.id, $0.title) }) { first, _ in first }
    let rated = ratings.movies.text
    let rowTitles = try rated.renaming { movie throws(DataError) in
      if let title = titles[movie] { return title }
      let row = rated.codes.indices.first { rated[$0] == movie } ?? 0
      throw .badRow(
        file: file, line: row + firstLine, field: "movie_id", reason: "no movie \"\(movie)\" in the list of movies")
    }
    let interactions = Interactions(
      columns: [
        Column("user_id", .text(ratings.users.text)), Column("movie_id", .text(rated)),
        Column("movie_title", .text(rowTitles)), Column("rating", .reals(ratings.ratings, present: nil)),
        Column("timestamp", .integers(ratings.timestamps, present: nil)),
      ],
      rows: ratings.ratings.count,
      roles: .init(query: "user_id", candidate: "movie_title", timestamp: "timestamp", weight: "rating"))
    let catalog = Catalog(
      columns: [
        Column("movie_id", text: movies.map(\.id)), Column("movie_title", text: movies.map(\.title)),
        Column("genres", textLists: movies.map { $0.genres.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }),
        Column("release_year", integers: movies.map(\.releaseYear)),
      ], rows: movies.count, key: "movie_title")
    let people = Catalog(
      columns: [
        Column("user_id", text: users.map(\.id)), Column("age", integers: users.map(\.age)),
        Column("gender", text: users.map(\.gender)), Column("occupation", text: users.map(\.occupation)),
        Column("zip_code", text: users.map(\.zipCode)),
      ], rows: users.count, key: "user_id")
    return Ingested(interactions: interactions, catalog: catalog, users: people)
  }
}
