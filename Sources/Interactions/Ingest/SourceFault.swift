package import Parquet

/// The reason why a file or folder of raw data cannot be read.
package enum SourceFault: Error, Sendable, Equatable {
  /// - Parameter remedy: how to come by data of the format that is read.
  case foreign(ForeignForm, remedy: String)
  case damaged(PackedForm)
  case cutShort(PackedForm)
  case noColumn(String, near: String?, columns: [String])
  case repeatedColumn(String)
  /// An option names a file of a folder, and the source is one file.
  case notAFolder(option: String)
  case noFile
  case noNamedFile(String, option: String, near: String?, files: [String])
  case notMovieLens
  /// Text that may be of several formats.
  case unknownFormat
  case parquet(ParquetError)
  /// A column that holds what no column of a table can.
  ///
  /// - Parameter option: names the columns that are read.
  case unreadColumn(String, what: String, option: String)
  /// A part whose column is not what it is in the first part.
  case otherColumn(String, kind: String, first: String, kindThere: String)
  /// More rows than there is memory for.
  case noRoom(rows: Int, bytes: Int, free: Int)
  case database(DatabaseFault)
  case manyDatabases([String])
  /// A part of a table whose columns are not those of the first part.
  case otherColumns([String], first: String, columns: [String])
  /// - Parameter condition: compares a column that holds what cannot be compared.
  case notComparable(column: String, condition: String)
  /// A list in a column whose role needs one value a row.
  case listWithRole(String)
  case tooManyColumns(Int, most: Int)
  case manyColumns(Int, most: Int)
  case notMovieLensHeader(found: [String], expected: [String])
  case noAtomicType(String)
  case longLine(Int, limit: Int)
  // Encodings.
  case controlByte(UInt8)
  case noCharacter(UInt8)
  case brokenUTF16
}

extension SourceFault: CustomStringConvertible {
  package var description: String {
    switch self {
    case .foreign(let form, let remedy): form.description(remedy: remedy)
    case .damaged(let form): "its \(form.rawValue) is damaged; fetch or pack it again"
    case .cutShort(let form): "its \(form.rawValue) is cut short; fetch or pack it again"
    case .noColumn(let name, let near, let columns):
      "it has no column \"\(name)\"; "
        + (near.map { "did you mean \"\($0)\"?" } ?? "there are \(Self.listed(columns))")
    case .repeatedColumn(let name): "two columns are named \"\(name.shortened)\"; rename one"
    case .notAFolder(let option): "it is one file, and \(option) names a file of a folder; make the folder the source"
    case .noFile: "it holds no file of interactions"
    case .otherColumns(let names, let first, let columns):
      "its columns are \(Self.listed(names)), and those of \(first) are \(Self.listed(columns)); "
        + "say which files hold interactions with interactions-file, which candidates with catalog-file, and which users "
        + "with users-file"
    case .notComparable(let column, let condition):
      "column \"\(column)\" has values that \"\(condition)\" cannot be asked of; compare it with == or !="
    case .listWithRole(let name):
      "column \"\(name)\" is in lists, and one value a row is needed of it; write a row for each value"
    case .tooManyColumns(let line, let most):
      "up to line \(line) it has more than \(most) different fields; write what varies as values, not as names"
    case .manyColumns(let count, let most):
      "its first row has \(count) columns, and \(most) are read at most; is its separator the one that is named or found?"
    case .notMovieLensHeader(let found, let expected):
      "its columns are \(Self.listed(found)), and MovieLens has \(expected.joined(separator: ", ")); "
        + "read other data with format delimited"
    case .noAtomicType(let name):
      "column \"\(name.shortened)\" has no type of RecBole; its header has to say NAME:token, token_seq, float or float_seq, "
        + "or the file be read with format delimited"
    case .longLine(let line, let limit):
      "line \(line) has more than \(limit >> 20) MiB; is the file what the params say?"
    case .controlByte(let byte):
      "it has the byte 0x\(String(byte, radix: 16)), which is no character of Latin-1; "
        + "if it is windows-1252, as Windows writes it, give that as encoding"
    case .noCharacter(let byte):
      "it has the byte 0x\(String(byte, radix: 16)), which is no character of windows-1252; give its encoding"
    case .brokenUTF16: "its UTF-16 is broken: a half of a character stands alone; export it again"
    case .noNamedFile(let name, let option, let near, let files):
      "\(option): it has no \"\(name)\"; "
        + (near.map { "did you mean \"\($0)\"?" } ?? "there are \(files.prefix(5).joined(separator: ", "))")
    case .unknownFormat:
      "its format is not certain; for a table name query and candidate, the columns that say who and what, or give format"
    case .parquet(let error): "\(error)"
    case .unreadColumn(let name, let what, let option):
      "column \"\(name)\" holds \(what), which is not read; name the columns to read with \(option)"
    case .otherColumn(let name, let kind, let first, let kindThere):
      "column \"\(name)\" is \(kind), and in \(first) it is \(kindThere); write all parts alike"
    case .noRoom(let rows, let bytes, let free):
      "its \(rows) rows take \(bytes >> 20) MiB, and \(free >> 20) MiB are free; read fewer columns or rows"
    case .database(let fault): "\(fault)"
    case .manyDatabases(let names):
      "it holds several files (\(names.prefix(5).joined(separator: ", "))); name the database with interactions-file"
    case .notMovieLens:
      "it has neither \"u.data\", \"ml-100k.inter\", \"ratings.dat\" nor \"ratings.csv\"; give a folder of MovieLens"
    }
  }

  /// Names as a line has room for them.
  private static func listed(_ names: [String]) -> String {
    names.prefix(20).map { $0.shortened }.joined(separator: ", ")
      + (names.count > 20 ? " and \(names.count - 20) more" : "")
  }
}

extension String {
  /// The text, or the beginning of one that no line has room for.
  var shortened: String {
    utf8.count <= 240 ? self : "\(String(decoding: utf8.prefix(160), as: UTF8.self))… (\(utf8.count) bytes)"
  }
}
