/// One record of delimited text: its fields, unquoted, in one block of bytes.
struct DelimitedRecord {
  /// The line where the record begins, from 1.
  var line = 1
  /// Number of lines that it takes.
  var lines = 1
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

/// Cuts delimited text into records by RFC 4180, whatever the chunks it comes in: fields may be quoted, quotes inside
/// are doubled, and separators and line breaks inside quotes belong to the field. Lines end with LF or CR LF; a byte
/// order mark at the start and empty lines are passed over. A quote inside an unquoted field stands for itself.
struct DelimitedReader {
  private enum State { case fieldStart, plain, quoted, quoteInQuoted, broken }

  private let separator: UInt8
  private let isQuoted: Bool
  private var state = State.fieldStart
  private var record = DelimitedRecord()
  private var line = 1
  /// Bytes taken one by one: the first three, which may be a byte order mark, at least.
  private var place = 0

  private static let quote = UInt8(ascii: "\"")
  private static let lineFeed = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")
  private static let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]

  /// - Parameter isQuoted: `true` if fields may be quoted; else every quote stands for itself.
  init(separator: UInt8, isQuoted: Bool = true) {
    self.separator = separator
    self.isQuoted = isQuoted
  }

  /// Lines so far, the one that has begun included unless nothing stands in it.
  var lines: Int { record.bytes.isEmpty && record.ends.isEmpty ? line - 1 : line }

  mutating func take(_ bytes: Span<UInt8>, _ body: (DelimitedRecord) throws -> Void) throws {
    var next = 0
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
      try step(bytes[next], body)
      next += 1
      if place == 3, line == 1, record.bytes == Self.byteOrderMark, record.ends.isEmpty {
        record.bytes = []
        state = .fieldStart
      }
    }
  }

  /// The end of the bytes that stand for themselves.
  private func endOfPlain(_ bytes: Span<UInt8>, from start: Int) -> Int {
    guard state == .plain || state == .fieldStart && !(isQuoted && bytes[start] == Self.quote) else { return start }
    var end = start
    while end < bytes.count, bytes[end] != separator, bytes[end] != Self.lineFeed { end += 1 }
    return end
  }

  /// The last record, which need not end with a line break.
  mutating func finish(_ body: (DelimitedRecord) throws -> Void) throws {
    if state == .quoted {
      record.problem = (record.ends.count, .unclosedQuote)
      // The line after the last line break does not exist.
      if record.bytes.last == Self.lineFeed { line -= 1 }
    }
    let isEmpty = record.ends.isEmpty && record.bytes.isEmpty && state == .fieldStart
    if !isEmpty { try endRecord(body) }
  }

  private mutating func step(_ byte: UInt8, _ body: (DelimitedRecord) throws -> Void) throws {
    switch state {
    case .fieldStart where isQuoted && byte == Self.quote: state = .quoted
    case .fieldStart, .plain:
      if byte == separator {
        endField()
      } else if byte == Self.lineFeed {
        try endRecord(body)
      } else {
        record.bytes.append(byte)
        state = .plain
      }
    case .quoted:
      if byte == Self.quote {
        state = .quoteInQuoted
      } else {
        record.bytes.append(byte)
        if byte == Self.lineFeed { line += 1 }
      }
    case .quoteInQuoted:
      switch byte {
      case Self.quote:
        record.bytes.append(byte)
        state = .quoted
      case separator: endField()
      case Self.lineFeed: try endRecord(body)
      case Self.carriageReturn: break
      default:
        record.problem = record.problem ?? (record.ends.count, .textAfterQuote)
        state = .broken
      }
    case .broken:
      if byte == Self.lineFeed { try endRecord(body) }
    }
  }

  private mutating func endField() {
    record.ends.append(record.bytes.count)
    state = .fieldStart
  }

  private mutating func endRecord(_ body: (DelimitedRecord) throws -> Void) throws {
    if state == .plain, record.bytes.last == Self.carriageReturn, record.bytes.count > (record.ends.last ?? 0) {
      record.bytes.removeLast()
    }
    let isBlank = record.ends.isEmpty && record.bytes.isEmpty && state != .quoteInQuoted && record.problem == nil
    record.ends.append(record.bytes.count)
    record.lines = line - record.line + 1
    if !isBlank { try body(record) }
    line += 1
    record.line = line
    record.bytes.removeAll(keepingCapacity: true)
    record.ends.removeAll(keepingCapacity: true)
    record.problem = nil
    state = .fieldStart
  }
}
