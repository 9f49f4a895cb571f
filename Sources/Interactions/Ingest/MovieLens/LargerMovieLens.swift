import SystemFiles
import Tables

/// The layout of MovieLens 1M and 10M: fields are separated by `::`, and titles may hold single colons.
struct DoubleColonLayout {
  let folder: String

  func read() throws -> Ingested {
    // 1M has users and is Latin-1; 10M has none and is UTF-8.
    let hasUsers = Files.exists("\(folder)/users.dat")
    let encoding = hasUsers ? TextEncoding.latin1 : .utf8
    var ratings = LargerMovieLens()
    try file("ratings.dat", LargerMovieLens.ratings, encoding).forEachRow { try ratings.append(rating: $0) }
    try file("movies.dat", LargerMovieLens.movies, encoding).forEachRow { try ratings.append(movie: $0) }
    var users: [MovieLens.User] = []
    if hasUsers {
      try file("users.dat", ["user_id", "gender", "age", "occupation", "zip_code"], encoding).forEachRow { row in
        users.append(
          .init(
            id: try row.text(0), age: try row.integer(2), gender: try row.text(1), occupation: try row.text(3),
            zipCode: try row.text(4)))
      }
    }
    return try ratings.ingested(users, of: "ratings.dat")
  }

  private func file(_ name: String, _ columns: [String], _ encoding: TextEncoding) throws -> MovieLensFile {
    try MovieLensFile("\(folder)/\(name)", separator: "::", columns: columns, encoding: encoding)
  }
}

/// The layout of MovieLens 20M, 25M, 32M and "latest": CSV with a header, in UTF-8.
struct CommaLayout {
  let folder: String

  func read() throws -> Ingested {
    var ratings = LargerMovieLens()
    try file("ratings.csv", LargerMovieLens.ratings, ["userId", "movieId", "rating", "timestamp"])
      .forEachRow { try ratings.append(rating: $0) }
    try file("movies.csv", LargerMovieLens.movies, ["movieId", "title", "genres"])
      .forEachRow { try ratings.append(movie: $0) }
    return try ratings.ingested([], of: "ratings.csv")
  }

  private func file(_ name: String, _ columns: [String], _ header: [String]) throws -> MovieLensFile {
    try MovieLensFile(
      "\(folder)/\(name)", separator: ",", columns: columns, encoding: .utf8, header: header, isQuoted: true)
  }
}

/// Gathers the rows of the larger sets of MovieLens, whose candidates are ids.
struct LargerMovieLens {
  static let ratings = ["user_id", "movie_id", "rating", "timestamp"]
  static let movies = ["movie_id", "movie_title", "genres"]
  static let noGenres = "(no genres listed)"

  private var users = TypedColumnBuilder(.text)
  private var movies = TypedColumnBuilder(.text)
  private var values = TypedColumnBuilder(.real)
  private var timestamps = TypedColumnBuilder(.integer)
  private var times = TimeReader()
  private var rows = 0
  private var list: [MovieLens.Movie] = []

  mutating func append(rating row: MovieLensRow) throws {
    let (user, movie, value) = (try row.identifier(0), try row.identifier(1), try row.number(2))
    let text = try row.text(3)
    let time: Int64
    do throws(RowFault) { time = try times.read(text) } catch { throw row.bad(3, error) }
    users.append(user)
    movies.append(movie)
    values.append(value)
    timestamps.append(time)
    rows += 1
  }

  mutating func append(movie row: MovieLensRow) throws {
    let genres = try row.string(2)
    list.append(
      .init(
        id: try row.text(0), title: try row.text(1),
        genres: genres == Self.noGenres ? [] : genres.split(separator: "|").map(String.init)))
  }

  /// - Parameter people: none if the set has no file of them.
  func ingested(_ people: [MovieLens.User], of file: String) throws -> Ingested {
    guard rows > 0 else { throw DataError.noRows(file) }
    let interactions = Interactions(
      columns: [
        users.column("user_id"), movies.column("movie_id"), values.column("rating"), timestamps.column("timestamp"),
      ], rows: rows, roles: .init(query: "user_id", candidate: "movie_id", timestamp: "timestamp", weight: "rating"))
    let catalog = Catalog(
      columns: [
        Column("movie_id", text: list.map(\.id)), Column("movie_title", text: list.map(\.title)),
        Column("genres", textLists: list.map { $0.genres.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }),
        Column("release_year", integers: list.map(\.releaseYear)),
      ], rows: list.count, key: "movie_id", nameColumn: "movie_title")
    return Ingested(
      interactions: interactions, catalog: catalog,
      users: try people.isEmpty
        ? TabularSource.distinct("user_id", of: interactions) : MovieLens.catalog(of: people), timeUnit: times.unit)
  }
}
