import SystemFiles

/// The text of a file, unpacked and in UTF-8, chunk by chunk.
struct EncodedFile {
  let path: String
  /// The name in errors.
  let name: String
  /// `nil` for UTF-8 without a change.
  let encoding: TextEncoding

  /// Calls `body` with one chunk after another, of any length.
  func forEachChunk(_ body: (Span<UInt8>) throws -> Void) throws {
    guard encoding != .utf8 else {
      try DecodedFile(path: path).forEachChunk(body)
      return
    }
    var decoder = TextDecoder(encoding)
    try DecodedFile(path: path).forEachChunk { chunk in
      let text = try naming { () throws(SourceFault) in try decoder.decode(chunk) }
      try body(text.span)
    }
    try naming { () throws(SourceFault) in try decoder.finish() }
  }

  private func naming<Result>(_ decode: () throws(SourceFault) -> Result) throws -> Result {
    do throws(SourceFault) { return try decode() } catch { throw DataError.badSource(name, error) }
  }

  /// Calls `body` with one line after another, without its end and its number from 1. Lines end with LF or CR LF.
  ///
  /// - Returns: the number of lines.
  /// - Throws: `DataError` for a line of more than `limit` bytes, since memory holds one line.
  func forEachLine(limit: Int, _ body: (Int, ArraySlice<UInt8>) throws -> Void) throws -> Int {
    var line: [UInt8] = []
    var number = 0
    func end() throws {
      number += 1
      if number == 1, line.starts(with: [0xef, 0xbb, 0xbf]) { line.removeFirst(3) }
      if line.last == UInt8(ascii: "\r") { line.removeLast() }
      try body(number, line[...])
      line.removeAll(keepingCapacity: true)
    }
    try forEachChunk { chunk in
      var start = 0
      while start < chunk.count {
        var next = start
        while next < chunk.count, chunk[next] != UInt8(ascii: "\n") { next += 1 }
        line.append(contentsOf: chunk.extracting(start..<next))
        guard line.count <= limit else { throw DataError.badSource(name, .longLine(number + 1, limit: limit)) }
        if next < chunk.count { try end() }
        start = next + 1
      }
    }
    if !line.isEmpty { try end() }
    return number
  }
}
