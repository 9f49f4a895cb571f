import Kernels
import Tables

/// Reads blocks of records whose dialect is cut by single bytes: the fields of many rows are found at once, and then
/// read column by column. Where a record is not as it should be, `DelimitedReader` reads it, and says why.
struct BlockParser {
  /// Bytes that are looked at together, with what becomes of them, stay in a processor's own memory.
  private static let pieceSize = 1 << 16

  private var places = BytePlaces()
  /// The quoted fields of the batch with quotes inside, by their place among all fields.
  private var doubled: [Int] = []

  /// Appends the rows of a block.
  mutating func parse(_ block: RecordBlock, into rows: inout RowBuilder) -> ParsedBlock {
    var parsed = ParsedBlock()
    let before = rows.count
    let end = block.count
    guard block.layout.dialect.isCutBySingleBytes else {
      read(block, 0..<end, into: &rows, &parsed)
      parsed.rows = rows.count - before
      return parsed
    }
    var batch = FieldBatch(bytes: block.bytes, width: block.layout.width)
    var start = 0
    var size = Self.pieceSize
    while start < end {
      let piece = start..<min(start + size, end)
      let found = findRows(piece, block.layout, &batch)
      if found.end > start {
        let text = start..<found.end
        if places.isASCII || batch.bytes.span.extracting(text).isText, rows.append(batch, block.layout) {
          parsed.lines += found.lines
        } else {
          read(block, text, into: &rows, &parsed)
        }
        start = found.end
        size = Self.pieceSize
      }
      batch.cut()
      if batch.bytes.count > block.bytes.count { batch.bytes.removeLast(batch.bytes.count - block.bytes.count) }
      if found.isOdd || found.end == piece.lowerBound && piece.upperBound == end {
        // One record that has no place in a batch, or the file's last one without a line break.
        let record = DelimitedReader.first(
          of: block.bytes.span.extracting(start..<end), block.layout.dialect, line: parsed.lines + 2)
        let next = record.map { start + $0.taken } ?? end
        read(block, start..<next, into: &rows, &parsed)
        start = next
      } else if found.end == piece.lowerBound {
        size *= 2
      }
    }
    parsed.rows = rows.count - before
    return parsed
  }

  /// The bytes that end fields and rows, and that quote fields.
  private struct Marks {
    let separator: UInt8
    let lineEnd: UInt8
    let quote: UInt8
    let isQuoting: Bool
    /// `true` if a carriage return before the end of a line belongs to it.
    let takesReturn: Bool

    init(_ dialect: DelimitedDialect) {
      separator = dialect.separator[0]
      lineEnd = dialect.lineEndByte
      quote = dialect.quote ?? lineEnd
      isQuoting = dialect.quote != nil
      takesReturn = lineEnd == UInt8(ascii: "\n")
    }
  }

  /// The state of the search for the fields of a piece.
  private struct RowScan {
    /// The number of the next mark.
    var next = 0
    /// The place where the next field starts.
    var start: Int
    /// Line ends inside the quoted fields of the current row.
    var linesInside = 0
    /// `true` if a record follows that does not fit into a batch.
    var isOdd = false
  }

  /// A field, the byte that ends it, and whether it stands in quotes.
  private typealias Field = (range: Range<Int>, last: UInt8, isQuoted: Bool)

  /// Finds the fields of the rows that end in a piece of the batch's bytes.
  ///
  /// - Returns: the end of the last row that was found and its lines, and whether the record after it does not fit into
  ///   a batch.
  private mutating func findRows(
    _ piece: Range<Int>, _ layout: FileLayout, _ batch: inout FieldBatch
  ) -> (end: Int, lines: Int, isOdd: Bool) {
    let marks = Marks(layout.dialect)
    places.find((marks.separator, marks.lineEnd, marks.quote), in: batch.bytes.span, piece)
    let width = layout.width
    doubled.removeAll(keepingCapacity: true)
    var scan = RowScan(start: piece.lowerBound)
    var (end, fields, rows, lines) = (piece.lowerBound, 0, 0, 0)
    while let field = nextField(&scan, batch.bytes, marks, number: batch.ends.count) {
      fields += 1
      if field.last == marks.separator {
        batch.append(field.range)
        if fields < width { continue }
      } else if fields == 1, !field.isQuoted, field.range.isEmpty {
        // An empty line is passed over.
        (fields, end) = (0, scan.start)
        lines += 1
        continue
      } else if fields == width {
        lines += 1 + scan.linesInside
        scan.linesInside = 0
        batch.append(field.range)
        rows += 1
        (fields, end) = (0, scan.start)
        continue
      }
      scan.isOdd = true
      break
    }
    batch.cut(to: rows)
    unquote(&batch)
    return (end, lines, scan.isOdd)
  }

  /// Finds the next field that ends in the piece; `nil` if there is none, or if its record does not fit into a batch.
  ///
  /// - Parameter number: the number of the field in the batch.
  @inline(__always)
  private mutating func nextField(_ scan: inout RowScan, _ bytes: [UInt8], _ marks: Marks, number: Int) -> Field? {
    while scan.next < places.count {
      let place = places[scan.next]
      let byte = bytes[place]
      scan.next += 1
      if marks.isQuoting, byte == marks.quote {
        // A quote inside a field without quotes stands for itself.
        guard place == scan.start else { continue }
        return quotedField(&scan, bytes, marks, number: number)
      }
      let hasReturn =
        marks.takesReturn && byte == marks.lineEnd && place > scan.start
        && bytes[place - 1] == UInt8(ascii: "\r")
      let field = scan.start..<(hasReturn ? place - 1 : place)
      scan.start = place + 1
      return (field, byte, false)
    }
    return nil
  }

  /// Finds the end of a field whose first quote was found.
  private mutating func quotedField(_ scan: inout RowScan, _ bytes: [UInt8], _ marks: Marks, number: Int) -> Field? {
    guard let closed = closeQuote(&scan.next, bytes, marks, &scan.linesInside) else { return nil }
    guard let end = closed.end else {
      scan.isOdd = true
      return nil
    }
    if closed.isDoubled { doubled.append(number) }
    let field = scan.start + 1..<closed.quote
    scan.start = end + 1
    return (field, bytes[end], true)
  }

  /// Finds where a quoted field ends, of which the first quote was found.
  ///
  /// - Returns: the place of the last quote and that of what ends the field, `nil` where other text follows the quote.
  ///   `nil` if the piece ends before.
  private func closeQuote(
    _ next: inout Int, _ bytes: [UInt8], _ marks: Marks, _ lines: inout Int
  ) -> (quote: Int, end: Int?, isDoubled: Bool)? {
    var isDoubled = false
    while next < places.count {
      let place = places[next]
      next += 1
      if bytes[place] == marks.lineEnd { lines += 1 }
      guard bytes[place] == marks.quote else { continue }
      guard next < places.count else { return nil }
      let following = places[next]
      if following == place + 1, bytes[following] == marks.quote {
        isDoubled = true
        next += 1
        continue
      }
      let isReturn = marks.takesReturn && bytes[place + 1] == UInt8(ascii: "\r")
      guard following == place + 1 || isReturn && following == place + 2 && bytes[following] == marks.lineEnd else {
        return (place, nil, isDoubled)
      }
      next += 1
      return (place, following, isDoubled)
    }
    return nil
  }

  /// Puts the fields with doubled quotes behind the block's bytes, with single ones.
  private func unquote(_ batch: inout FieldBatch) {
    for field in doubled where field < batch.ends.count {
      let range = Int(batch.starts[field])..<Int(batch.ends[field])
      let start = batch.bytes.count
      let quote = batch.bytes[range.lowerBound - 1]
      var isFirst = false
      for place in range {
        let byte = batch.bytes[place]
        isFirst = byte == quote && !isFirst
        if !isFirst { batch.bytes.append(byte) }
      }
      batch.starts[field] = UInt32(start)
      batch.ends[field] = UInt32(batch.bytes.count)
    }
  }

  /// Reads records one by one.
  private func read(
    _ block: RecordBlock, _ range: Range<Int>, into rows: inout RowBuilder, _ parsed: inout ParsedBlock
  ) {
    // The first line of a file, its header, does not belong to a block.
    var reader = DelimitedReader(block.layout.dialect, line: parsed.lines + 2)
    func take(_ record: DelimitedRecord) {
      guard let problem = rows.append(record, block.layout) else { return }
      parsed.rejects.append(
        Reject(
          file: block.layout.file, place: .line(record.line - 1), field: problem.field.flatMap { rows.name($0) },
          fault: problem.fault, lines: record.lines))
    }
    do {
      try reader.take(block.bytes.span.extracting(range), take)
      try reader.finish(take)
    } catch { preconditionFailure("rows are taken without an error: \(error)") }
    parsed.lines = reader.lines - 1
  }
}
