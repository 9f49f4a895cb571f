import Artifacts
import SystemFiles

/// A file of delimited text, unpacked and cut into records as it is read: memory holds one chunk and one record.
struct DelimitedFile {
  let path: String
  /// The name in errors.
  let name: String
  let dialect: DelimitedDialect
  let encoding: TextEncoding

  /// Calls `body` with one record after another, in UTF-8 if the encoding is not that already.
  ///
  /// - Returns: the number of lines.
  @discardableResult
  func forEachRecord(_ body: (DelimitedRecord) throws -> Void) throws -> Int {
    var reader = DelimitedReader(dialect)
    try EncodedFile(path: path, name: name, encoding: encoding).forEachChunk { try reader.take($0, body) }
    try reader.finish(body)
    return reader.lines
  }
}
