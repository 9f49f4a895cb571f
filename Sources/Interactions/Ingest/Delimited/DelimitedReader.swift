/// One record of delimited text: its fields, unquoted, in one block of bytes.
struct DelimitedRecord {
  /// The line where the record begins, from 1.
  var line = 1
  /// Number of lines that it takes.
  var lines = 1
  /// The number of bytes that its reader took up to its end, the line break included.
  var taken = 0
  var bytes: [UInt8] = []
  /// The end of each field in `bytes`.
  var ends: [Int] = []
  /// The fault of the record, and its field, if it has one.
  var problem: RowBuilder.Problem?

  var count: Int { ends.count }

  func range(_ field: Int) -> Range<Int> { (field == 0 ? 0 : ends[field - 1])..<ends[field] }

  /// The bytes of a field, without its quotes.
  func bytes(_ field: Int) -> ArraySlice<UInt8> { bytes[range(field)] }
}

extension DelimitedRecord: RawRow {
  subscript(field: Int) -> RawValue { .text(bytes(field)) }
}

/// Cuts delimited text into records, whatever the chunks it comes in: fields may be quoted, quotes inside are doubled,
/// and separators and line breaks inside quotes belong to the field, as in RFC 4180. Lines that end with LF may end
/// with CR LF; a byte order mark at the start and empty lines are passed over. A quote inside an unquoted field stands
/// for itself.
struct DelimitedReader {
  private enum State { case fieldStart, plain, quoted, quoteInQuoted, broken }

  private let dialect: DelimitedDialect
  /// The last byte of the separator, and the bytes before it.
  private let lastOfSeparator: UInt8
  private let beforeLast: ArraySlice<UInt8>
  private let lineEnd: UInt8
  private let escape: UInt8?
  private var state = State.fieldStart
  private var isEscaped = false
  /// `true` if the field begins with `\N`.
  private var beginsAsMissing = false
  /// The bytes of the separator that have come behind a closing quote.
  private var matched = 0
  private var record = DelimitedRecord()
  private var line = 1
  /// Bytes taken one by one: the first three, which may be a byte order mark, at least.
  private var place = 0

  private static let lineFeed = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")
  private static let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]

  private var taken = 0

  /// - Parameter line: where the text begins; what only stands at the start of a file is not looked for elsewhere.
  /// - Precondition: the separator is not empty.
  init(_ dialect: DelimitedDialect, line: Int = 1) {
    precondition(!dialect.separator.isEmpty, "a separator without bytes")
    self.dialect = dialect
    lastOfSeparator = dialect.separator[dialect.separator.count - 1]
    beforeLast = dialect.separator.dropLast()
    lineEnd = dialect.lineEnd == .lineFeed ? Self.lineFeed : Self.carriageReturn
    escape = dialect.hasBackslashEscapes ? UInt8(ascii: "\\") : nil
    self.line = line
    record.line = line
  }

  /// Lines so far, the one that has begun included unless nothing stands in it.
  var lines: Int { record.bytes.isEmpty && record.ends.isEmpty ? line - 1 : line }

  mutating func take(_ bytes: Span<UInt8>, _ body: (DelimitedRecord) throws -> Void) throws {
    var next = 0
    let before = taken
    while next < bytes.count {
      // Most bytes belong to fields without quotes; those are taken together.
      let end = place < 3 ? next : endOfPlain(bytes, from: next)
      if end > next {
        record.bytes.append(contentsOf: bytes.extracting(next..<end))
        state = .plain
        next = end
        continue
      }
      place += 1
      next += 1
      taken = before + next
      try step(bytes[next - 1], body)
      if place == 3, line == 1, record.bytes == Self.byteOrderMark, record.ends.isEmpty {
        record.bytes = []
        state = .fieldStart
      }
    }
    taken = before + bytes.count
  }

  /// The end of the bytes that stand for themselves.
  private func endOfPlain(_ bytes: Span<UInt8>, from start: Int) -> Int {
    guard !isEscaped, state == .plain || state == .fieldStart && bytes[start] != dialect.quote else { return start }
    var end = start
    if let escape {
      while end < bytes.count, bytes[end] != lastOfSeparator, bytes[end] != lineEnd, bytes[end] != escape { end += 1 }
    } else {
      while end < bytes.count, bytes[end] != lastOfSeparator, bytes[end] != lineEnd { end += 1 }
    }
    return end
  }

  /// The first record of bytes that end where a record ends, or the file; `nil` if there is none.
  static func first(of bytes: Span<UInt8>, _ dialect: DelimitedDialect, line: Int) -> DelimitedRecord? {
    struct Found: Error {}
    var reader = DelimitedReader(dialect, line: line)
    var first: DelimitedRecord?
    func take(_ record: DelimitedRecord) throws {
      first = record
      throw Found()
    }
    do {
      try reader.take(bytes, take)
      try reader.finish(take)
    } catch { return first }
    return first
  }

  /// The last record, which need not end with a line break.
  mutating func finish(_ body: (DelimitedRecord) throws -> Void) throws {
    if isEscaped { record.bytes.append(UInt8(ascii: "\\")) }
    isEscaped = false
    if state == .quoted {
      record.problem = (record.ends.count, .unclosedQuote)
      // The line after the last line break does not exist.
      if record.bytes.last == lineEnd { line -= 1 }
    }
    let isEmpty = record.ends.isEmpty && record.bytes.isEmpty && state == .fieldStart
    if !isEmpty { try endRecord(body) }
  }

  private mutating func step(_ byte: UInt8, _ body: (DelimitedRecord) throws -> Void) throws {
    if isEscaped {
      takeEscaped(byte)
      return
    }
    switch state {
    case .fieldStart where byte == dialect.quote: state = .quoted
    case .fieldStart, .plain:
      if byte == lastOfSeparator, endsSeparator {
        record.bytes.removeLast(beforeLast.count)
        endField()
      } else if byte == lineEnd {
        try endRecord(body)
      } else if byte == escape {
        isEscaped = true
        state = .plain
      } else {
        record.bytes.append(byte)
        state = .plain
      }
    case .quoted:
      if byte == dialect.quote {
        state = .quoteInQuoted
      } else if byte == escape {
        isEscaped = true
      } else {
        record.bytes.append(byte)
        if byte == lineEnd { line += 1 }
      }
    case .quoteInQuoted:
      if byte == dialect.quote, matched == 0 {
        record.bytes.append(byte)
        state = .quoted
      } else if byte == dialect.separator[matched] {
        matched += 1
        if matched == dialect.separator.count { endField() }
      } else if byte == lineEnd, matched == 0 {
        try endRecord(body)
      } else if byte != Self.carriageReturn || matched > 0 {
        // Excel doubles quotes, programs that write C or JSON put a backslash before them.
        let isEscape = record.bytes.last == UInt8(ascii: "\\")
        record.problem = record.problem ?? (record.ends.count, .textAfterQuote(behindBackslash: isEscape))
        state = .broken
      }
    case .broken:
      if byte == lineEnd { try endRecord(body) }
    }
  }

  /// `true` if the bytes of the field end as the separator does before its last byte.
  private var endsSeparator: Bool {
    beforeLast.isEmpty
      || record.bytes.count - (record.ends.last ?? 0) >= beforeLast.count
        && record.bytes.suffix(beforeLast.count).elementsEqual(beforeLast)
  }

  private mutating func takeEscaped(_ byte: UInt8) {
    isEscaped = false
    switch byte {
    case UInt8(ascii: "n"): record.bytes.append(Self.lineFeed)
    case UInt8(ascii: "r"): record.bytes.append(Self.carriageReturn)
    case UInt8(ascii: "t"): record.bytes.append(UInt8(ascii: "\t"))
    case UInt8(ascii: "N") where state == .plain && record.bytes.count == record.ends.last ?? 0:
      record.bytes += Array("\\N".utf8)
      beginsAsMissing = true
    default:
      record.bytes.append(byte)
      if byte == lineEnd { line += 1 }
    }
  }

  private mutating func endField() {
    let start = record.ends.last ?? 0
    if beginsAsMissing, record.bytes.count == start + 2 { record.bytes.removeLast(2) }
    beginsAsMissing = false
    matched = 0
    record.ends.append(record.bytes.count)
    state = .fieldStart
  }

  private mutating func endRecord(_ body: (DelimitedRecord) throws -> Void) throws {
    if state == .plain, lineEnd == Self.lineFeed, record.bytes.last == Self.carriageReturn,
      record.bytes.count > (record.ends.last ?? 0)
    {
      record.bytes.removeLast()
    }
    let isBlank = record.ends.isEmpty && record.bytes.isEmpty && state != .quoteInQuoted && record.problem == nil
    endField()
    record.lines = line - record.line + 1
    record.taken = taken
    if !isBlank, !(dialect.passesOverFirstLine && record.line == 1) { try body(record) }
    line += 1
    record.line = line
    record.bytes.removeAll(keepingCapacity: true)
    record.ends.removeAll(keepingCapacity: true)
    record.problem = nil
  }
}
