import Glibc

/// Finds where records of delimited text end, as its bytes come, without a look at their fields.
///
/// Unsafe inside, for the C library's searches for a byte.
struct RecordCutter {
  private enum State { case unquoted, quoted, quoteInQuoted, broken }

  /// The last byte of the separator.
  private let separator: UInt8
  private let quote: UInt8?
  private let lineEnd: UInt8
  /// Reads all records, if their dialect leaves no other way.
  private var reader: DelimitedReader?
  private var state = State.unquoted
  /// The bytes that were looked at, and those of the text that was cut off before.
  private var place = 0
  private var cutBefore = 0
  /// The offset of the text's first field, which is behind a byte order mark.
  private var start: Int
  /// The end of the last whole record; 0 if there is none.
  private(set) var end = 0

  /// - Parameter start: of the first field.
  init(_ dialect: DelimitedDialect, start: Int) {
    separator = dialect.separator.last ?? 0
    quote = dialect.quote
    lineEnd = dialect.lineEndByte
    self.start = start
    // Without quotes and escapes every line is a record, whatever separates its fields.
    let isCutByLines = dialect.quote == nil && !dialect.hasBackslashEscapes
    if !isCutByLines, !dialect.isCutBySingleBytes { reader = DelimitedReader(dialect) }
  }

  /// Forgets the text before the end of the last whole record.
  mutating func cut() {
    place -= end
    cutBefore += end
    (start, end) = (0, 0)
  }

  /// Looks at the rest of the text.
  ///
  /// - Parameter text: what was there before, and more behind it.
  mutating func look(at text: [UInt8]) throws {
    if reader != nil {
      // What the reader has taken counts from the start of the file.
      try reader?.take(text.span.extracting(place..<text.count)) { end = $0.taken - cutBefore }
      place = text.count
      return
    }
    while place < text.count {
      switch state {
      case .unquoted:
        let next = quote.flatMap { Self.first($0, in: text, from: place) } ?? text.count
        if let last = Self.last(lineEnd, in: text, place..<next) { end = last + 1 }
        if next < text.count, next == start || next > start && [separator, lineEnd].contains(text[next - 1]) {
          state = .quoted
        }
        place = min(next + 1, text.count)
      case .quoted:
        guard let next = quote.flatMap({ Self.first($0, in: text, from: place) }) else {
          place = text.count
          return
        }
        place = next + 1
        state = .quoteInQuoted
      case .quoteInQuoted:
        let byte = text[place]
        place += 1
        if byte == quote {
          state = .quoted
        } else if byte == separator {
          state = .unquoted
        } else if byte == lineEnd {
          end = place
          state = .unquoted
        } else if byte != UInt8(ascii: "\r") {
          state = .broken
        }
      case .broken:
        guard let next = Self.first(lineEnd, in: text, from: place) else {
          place = text.count
          return
        }
        place = next + 1
        end = place
        state = .unquoted
      }
    }
  }

  private static func first(_ byte: UInt8, in text: [UInt8], from place: Int) -> Int? {
    unsafe text.withUnsafeBytes { text in
      guard let start = text.baseAddress, place < text.count else { return nil }
      guard let found = unsafe memchr(start + place, Int32(byte), text.count - place) else { return nil }
      return unsafe UnsafeRawPointer(found) - start
    }
  }

  private static func last(_ byte: UInt8, in text: [UInt8], _ range: Range<Int>) -> Int? {
    var place = range.upperBound
    while place > range.lowerBound {
      place -= 1
      if text[place] == byte { return place }
    }
    return nil
  }
}
