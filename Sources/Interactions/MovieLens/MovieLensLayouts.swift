struct GroupLensLayout {
  let folder: String

  /// The order of the flags in u.item, as its README gives it.
  static let genres = [
    "unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama", "Fantasy",
    "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western",
  ]

  func read() throws -> Ingested {
    var ratings = MovieLens.Ratings()
    try Row.read(
      "\(folder)/u.data", separator: "\t", names: ["user_id", "movie_id", "rating", "timestamp"], encoding: .latin1,
      header: false
    ) { try ratings.append($0) }
    var movies: [MovieLens.Movie] = []
    let names = ["movie_id", "movie_title", "release_date", "video_release_date", "imdb_url"] + Self.genres
    try Row.read("\(folder)/u.item", separator: "|", names: names, encoding: .latin1, header: false) { row in
      var genres: [String] = []
      for (place, genre) in Self.genres.enumerated() {
        switch try row.string(place + 5) {
        case "1": genres.append(genre)
        case "0": break
        case let flag: throw row.bad(place + 5, "\"\(flag)\" is neither 0 nor 1")
        }
      }
      movies.append(.init(id: try row.text(0), title: try row.text(1), genres: genres))
    }
    var users: [MovieLens.User] = []
    try Row.read(
      "\(folder)/u.user", separator: "|", names: ["user_id", "age", "gender", "occupation", "zip_code"],
      encoding: .latin1, header: false
    ) { users.append(try .init($0)) }
    return try MovieLens.assemble(ratings, movies: movies, users: users, file: "u.data", firstLine: 1)
  }
}

struct TabSeparatedLayout {
  let folder: String

  func read() throws -> Ingested {
    var ratings = MovieLens.Ratings()
    try read("inter", ["user_id", "item_id", "rating", "timestamp"]) { try ratings.append($0) }
    var movies: [MovieLens.Movie] = []
    try read("item", ["item_id", "movie_title", "release_year", "class"]) { row in
      // GroupLens's row 267 is "unknown", without a year; here it is misspelt in both fields.
      let (name, year) = (try row.text(1), try row.text(2))
      let title = name == "unkonwn" && year == "unkonwn" ? "unknown" : "\(name) (\(year))"
      movies.append(
        .init(id: try row.text(0), title: title, genres: try row.string(3).split(separator: " ").map(String.init)))
    }
    var users: [MovieLens.User] = []
    try read("user", ["user_id", "age", "gender", "occupation", "zip_code"]) { users.append(try .init($0)) }
    return try MovieLens.assemble(ratings, movies: movies, users: users, file: "ml-100k.inter", firstLine: 2)
  }

  private func read(_ suffix: String, _ names: [String], _ body: (Row) throws -> Void) throws {
    try Row.read(
      "\(folder)/ml-100k.\(suffix)", separator: "\t", names: names, encoding: .utf8, header: true, body)
  }
}

extension MovieLens.User {
  init(_ row: Row) throws {
    self.init(
      id: try row.text(0), age: try row.integer(1), gender: try row.text(2), occupation: try row.text(3),
      zipCode: try row.text(4))
  }
}
