import Artifacts

/// Fields of one line of a text file with a fixed separator and no quoting.
struct Row {
  let file: String
  let line: Int
  let names: [String]
  let fields: [String]

  func bad(_ place: Int, _ reason: String) -> DataError {
    .badRow(file: file, line: line, field: place < names.count ? names[place] : nil, reason: reason)
  }

  func text(_ place: Int) throws -> String {
    guard !fields[place].isEmpty else { throw bad(place, "it is empty") }
    return fields[place]
  }

  func number(_ place: Int) throws -> Double {
    guard let value = Double(fields[place]), value.isFinite, abs(value) < 0x1p53 else {
      throw bad(place, "\"\(fields[place])\" is no number")
    }
    return value
  }

  func integer(_ place: Int) throws -> Int64 {
    guard let value = Int64(fields[place]) else { throw bad(place, "\"\(fields[place])\" is no whole number") }
    return value
  }

  /// Lines of a small file, split; each must have as many fields as there are names.
  static func read(
    _ path: String, separator: Unicode.Scalar, names: [String], encoding: TextEncoding, header: Bool,
    _ body: (Row) throws -> Void
  ) throws {
    let bytes = try Files.read(path)
    let file = Files.name(of: path)
    var number = 0
    for line in bytes.split(separator: 10, omittingEmptySubsequences: false) {
      number += 1
      let line = line.last == 13 ? line.dropLast() : line
      guard !line.isEmpty, !(header && number == 1) else { continue }
      var fields: [String] = []
      for field in line.split(separator: UInt8(ascii: separator), omittingEmptySubsequences: false) {
        guard let text = encoding.decode(field) else {
          throw DataError.badRow(file: file, line: number, field: nil, reason: "it is not UTF-8")
        }
        fields.append(text)
      }
      guard fields.count == names.count else {
        throw DataError.badRow(
          file: file, line: number, field: nil, reason: "it has \(fields.count) fields, \(names.count) are wanted")
      }
      try body(Row(file: file, line: number, names: names, fields: fields))
    }
  }
}

package enum TextEncoding: String, CaseIterable, Sendable {
  case utf8 = "utf-8"
  case latin1 = "latin-1"

  func decode(_ bytes: ArraySlice<UInt8>) -> String? {
    switch self {
    case .utf8: String(validating: bytes, as: UTF8.self)
    case .latin1: String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }
  }
}

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
        switch row.fields[place + 5] {
        case "1": genres.append(genre)
        case "0": break
        default: throw row.bad(place + 5, "\"\(row.fields[place + 5])\" is neither 0 nor 1")
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
      let title =
        row.fields[1] == "unkonwn" && row.fields[2] == "unkonwn"
        ? "unknown" : "\(try row.text(1)) (\(try row.text(2)))"
      movies.append(
        .init(id: try row.text(0), title: title, genres: row.fields[3].split(separator: " ").map(String.init)))
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
