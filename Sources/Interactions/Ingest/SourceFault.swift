package import Parquet

/// The reason why a file or folder of raw data cannot be read.
package enum SourceFault: Sendable, Equatable {
  /// - Parameter remedy: how to come by data of the format that is read.
  case foreign(ForeignForm, remedy: String)
  case damaged(PackedForm)
  case cutShort(PackedForm)
  case noColumn(String, near: String?, columns: [String])
  case repeatedColumn(String)
  /// An option names a file of a folder, and the source is one file.
  case notAFolder(option: String)
  case noFile
  case manyFiles([String])
  case noNamedFile(String, option: String, near: String?, files: [String])
  case notMovieLens
  case parquet(ParquetError)
  /// A column that holds what no column of a table can.
  ///
  /// - Parameter option: names the columns that are read.
  case unreadColumn(String, what: String, option: String)
  /// A list in a column whose role wants one value a row.
  case listWithRole(String)
  /// A part whose column is not what it is in the first part.
  case otherColumn(String, kind: String, first: String, kindThere: String)
  /// More rows than there is memory for.
  case noRoom(rows: Int, bytes: Int, free: Int)
  case database(DatabaseFault)
}

extension SourceFault: CustomStringConvertible {
  package var description: String {
    switch self {
    case .foreign(let form, let remedy): form.description(remedy: remedy)
    case .damaged(let form): "its \(form.rawValue) is damaged; fetch or pack it again"
    case .cutShort(let form): "its \(form.rawValue) is cut short; fetch or pack it again"
    case .noColumn(let name, let near, let columns):
      "it has no column \"\(name)\"; "
        + (near.map { "did you mean \"\($0)\"?" } ?? "there are \(columns.joined(separator: ", "))")
    case .repeatedColumn(let name): "two columns are named \"\(name)\"; rename one"
    case .notAFolder(let option): "it is one file, and \(option) names a file of a folder; make the folder the source"
    case .noFile: "it holds no file of interactions"
    case .manyFiles(let names):
      "it holds \(names.prefix(5).joined(separator: ", ")); say which with interactions-file"
    case .noNamedFile(let name, let option, let near, let files):
      "\(option): it has no \"\(name)\"; "
        + (near.map { "did you mean \"\($0)\"?" } ?? "there are \(files.prefix(5).joined(separator: ", "))")
    case .parquet(let error): "\(error)"
    case .unreadColumn(let name, let what, let option):
      "column \"\(name)\" holds \(what), which is not read; name the columns to read with \(option)"
    case .listWithRole(let name):
      "column \"\(name)\" holds lists, and one value a row is needed; write a row for each value"
    case .otherColumn(let name, let kind, let first, let kindThere):
      "column \"\(name)\" is \(kind), and in \(first) it is \(kindThere); write all parts alike"
    case .noRoom(let rows, let bytes, let free):
      "its \(rows) rows take \(bytes >> 20) MiB, and \(free >> 20) MiB are free; read fewer columns or rows"
    case .database(let fault): "\(fault)"
    case .notMovieLens: "holds neither \"u.data\" nor \"ml-100k.inter\"; give the folder of MovieLens 100K"
    }
  }
}
