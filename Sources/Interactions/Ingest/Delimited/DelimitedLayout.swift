import SystemFiles

/// The layout that a file of delimited text shows: how its lines end, a first line such as "sep=;", its separator where
/// only one gives the columns that are wanted.
struct DelimitedLayout {
  /// The separators that are tried if none is given, or the one by the file's name does not give the columns.
  static let candidates: [[UInt8]] = [",", "\t", ";", "|", "::"].map { Array($0.utf8) }

  let dialect: DelimitedDialect
  let encoding: TextEncoding

  /// - Parameters:
  ///   - start: the beginning of the unpacked file.
  ///   - dialect: with the separator to try first.
  ///   - isGiven: `true` if that separator is the only one to try.
  ///   - isWanted: `true` of fields of a first record that has the columns that are wanted.
  init(
    _ start: [UInt8], _ dialect: DelimitedDialect, isGiven: Bool, encoding: TextEncoding,
    isWanted: ([String]) -> Bool
  ) throws(SourceFault) {
    var dialect = dialect
    self.encoding = .of(start, given: encoding)
    var decoder = TextDecoder(self.encoding)
    let text = try decoder.decode(start.span)
    if Self.hasCarriageReturnsAlone(text, quote: dialect.quote) { dialect.lineEnd = .carriageReturn }
    if let separator = Self.declaredSeparator(text) {
      dialect.passesOverFirstLine = true
      if !isGiven {
        dialect.separator = separator
        self.dialect = dialect
        return
      }
    }
    if !isGiven {
      func fields(_ separator: [UInt8]) -> [String] {
        var other = dialect
        other.separator = separator
        return Self.firstRecord(text, other)
      }
      let others = Self.candidates.filter { $0 != dialect.separator }
      if !isWanted(fields(dialect.separator)) {
        let fitting = others.filter { isWanted(fields($0)) }
        if fitting.count == 1 {
          dialect.separator = fitting[0]
        } else if fitting.isEmpty, fields(dialect.separator).count == 1 {
          // None has the columns; the error names those of the most likely one.
          dialect.separator = others.max { fields($0).count < fields($1).count } ?? dialect.separator
        }
      }
    }
    self.dialect = dialect
  }

  /// The separator of a first line "sep=;", as Excel writes it.
  private static func declaredSeparator(_ text: [UInt8]) -> [UInt8]? {
    let text = text.drop { [0xef, 0xbb, 0xbf].contains($0) }
    guard text.starts(with: "sep=".utf8) else { return nil }
    let separator = text.dropFirst(4).prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
    return (1...8).contains(separator.count) ? Array(separator) : nil
  }

  /// `true` if no line outside of quotes ends with a line feed, and some end with a carriage return.
  private static func hasCarriageReturnsAlone(_ text: [UInt8], quote: UInt8?) -> Bool {
    var isQuoted = false
    var hasReturn = false
    for byte in text {
      if byte == quote { isQuoted.toggle() }
      if byte == UInt8(ascii: "\n"), !isQuoted { return false }
      if byte == UInt8(ascii: "\r"), !isQuoted { hasReturn = true }
    }
    return hasReturn
  }

  private static func firstRecord(_ text: [UInt8], _ dialect: DelimitedDialect) -> [String] {
    // A broken record says nothing, whatever stands before the fault.
    guard let record = DelimitedReader.first(of: text.span, dialect, line: 1), record.problem == nil else { return [] }
    return (0..<record.count).map { String(decoding: record.bytes($0), as: UTF8.self) }
  }
}
