import Artifacts
import SystemFiles

/// A file of delimited text, unpacked and cut into records as it is read: memory holds one chunk and one record.
struct DelimitedFile {
  let path: String
  let separator: UInt8
  let encoding: TextEncoding
  /// `true` if fields may be quoted, as RFC 4180 has it; else a quote stands for itself.
  let isQuoted: Bool
  /// The advice of an error that the file is none of the format.
  let remedy: String

  var name: String { Files.name(of: path) }

  /// Calls `body` with one record after another, in UTF-8 if the encoding is not that already.
  ///
  /// - Returns: the number of lines.
  @discardableResult
  func forEachRecord(_ body: (DelimitedRecord) throws -> Void) throws -> Int {
    var reader = DelimitedReader(separator: separator, isQuoted: isQuoted)
    var isFirst = true
    try DecodedFile(path: path).forEachChunk { chunk in
      if isFirst, let form = ForeignForm(Array(chunk)) {
        throw DataError.badSource(name, .foreign(form, remedy: remedy))
      }
      isFirst = false
      switch encoding {
      case .utf8: try reader.take(chunk, body)
      case .latin1:
        let text = TextEncoding.utf8(ofLatin1: chunk)
        try reader.take(text.span, body)
      }
    }
    try reader.finish(body)
    return reader.lines
  }
}
