/// GroupLens' own layout.
struct GroupLensLayout {
  let folder: String

  /// The order of the flags in u.item, as its README gives it.
  static let genres = [
    "unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama", "Fantasy",
    "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western",
  ]

  func read() throws -> Ingested {
    var ratings = MovieLens.Ratings(file: "u.data")
    try file("u.data", separator: "\t", ["user_id", "movie_id", "rating", "timestamp"])
      .forEachRow { try ratings.append($0) }
    var movies: [MovieLens.Movie] = []
    let columns = ["movie_id", "movie_title", "release_date", "video_release_date", "imdb_url"]
    try file("u.item", separator: "|", columns + Self.genres).forEachRow { row in
      var genres: [String] = []
      for (number, genre) in Self.genres.enumerated() {
        let field = columns.count + number
        switch try row.string(field) {
        case "1": genres.append(genre)
        case "0": break
        case let flag: throw row.bad(field, .notAFlag(flag))
        }
      }
      movies.append(.init(id: try row.text(0), title: try row.text(1), genres: genres))
    }
    var users: [MovieLens.User] = []
    try file("u.user", separator: "|", ["user_id", "age", "gender", "occupation", "zip_code"])
      .forEachRow { users.append(try .init($0)) }
    return try MovieLens.assemble(ratings, movies: movies, users: users)
  }

  private func file(_ name: String, separator: String, _ columns: [String]) throws -> MovieLensFile {
    try MovieLensFile("\(folder)/\(name)", separator: separator, columns: columns, encoding: .latin1)
  }
}

/// The tab-separated layout of RecBole.
struct TabSeparatedLayout {
  let folder: String

  func read() throws -> Ingested {
    var ratings = MovieLens.Ratings(file: "ml-100k.inter")
    try file("inter", ["user_id", "item_id", "rating", "timestamp"]).forEachRow { try ratings.append($0) }
    var movies: [MovieLens.Movie] = []
    try file("item", ["item_id", "movie_title", "release_year", "class"]).forEachRow { row in
      // GroupLens's row 267 is "unknown", without a year; here it is misspelt in both fields.
      let (name, year) = (try row.text(1), try row.text(2))
      let title = name == "unkonwn" && year == "unkonwn" ? "unknown" : "\(name) (\(year))"
      movies.append(
        .init(id: try row.text(0), title: title, genres: try row.string(3).split(separator: " ").map(String.init)))
    }
    var users: [MovieLens.User] = []
    try file("user", ["user_id", "age", "gender", "occupation", "zip_code"])
      .forEachRow { users.append(try .init($0)) }
    return try MovieLens.assemble(ratings, movies: movies, users: users)
  }

  private func file(_ suffix: String, _ columns: [String]) throws -> MovieLensFile {
    try MovieLensFile(
      "\(folder)/ml-100k.\(suffix)", separator: "\t", columns: columns, encoding: .utf8, header: [])
  }
}

extension MovieLens.User {
  init(_ row: MovieLensRow) throws {
    self.init(
      id: try row.text(0), age: try row.integer(1), gender: try row.text(2), occupation: try row.text(3),
      zipCode: try row.text(4))
  }
}
