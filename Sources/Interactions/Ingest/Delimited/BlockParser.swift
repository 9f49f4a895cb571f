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

  /// Finds the fields of the rows that end in a piece of the batch's bytes.
  ///
  /// - Returns: the end of the last row that was found and its lines, and whether a record follows that is none.
  private mutating func findRows(
    _ piece: Range<Int>, _ layout: FileLayout, _ batch: inout FieldBatch
  ) -> (end: Int, lines: Int, isOdd: Bool) {
    let (separator, lineEnd) = (layout.dialect.separator[0], layout.dialect.lineEndByte)
    let quote = layout.dialect.quote ?? lineEnd
    places.find((separator, lineEnd, quote), in: batch.bytes.span, piece)
    let isQuoting = layout.dialect.quote != nil
    let count = places.count
    let width = layout.width
    doubled.removeAll(keepingCapacity: true)
    var (next, end, start, fields, rows) = (0, piece.lowerBound, piece.lowerBound, 0, 0)
    var (lines, linesInside, isOdd) = (0, 0, false)
    while next < count {
      let place = places[next]
      let byte = batch.bytes[place]
      next += 1
      var field = start..<place
      var last = byte
      var lastPlace = place
      var isQuoted = false
      if isQuoting, byte == quote {
        // Inside a field without quotes it stands for itself.
        guard place == start else { continue }
        guard
          let closed = closeQuote(&next, batch.bytes, piece.upperBound, quote: quote, lineEnd: lineEnd, &linesInside)
        else { break }
        guard let end = closed.end else {
          isOdd = true
          break
        }
        if closed.isDoubled { doubled.append(batch.ends.count) }
        field = start + 1..<closed.quote
        lastPlace = end
        last = batch.bytes[end]
        isQuoted = true
      } else if byte == lineEnd, lineEnd == UInt8(ascii: "\n"), place > start,
        batch.bytes[place - 1] == UInt8(ascii: "\r")
      {
        field = start..<place - 1
      }
      start = lastPlace + 1
      fields += 1
      if last == separator {
        batch.append(field)
        guard fields < width else {
          isOdd = true
          break
        }
        continue
      }
      if fields == 1, !isQuoted, field.isEmpty {
        // An empty line is passed over.
        (fields, end) = (0, start)
        lines += 1
        continue
      }
      guard fields == width else {
        isOdd = true
        break
      }
      lines += 1 + linesInside
      linesInside = 0
      batch.append(field)
      rows += 1
      (fields, end) = (0, start)
    }
    batch.cut(to: rows)
    unquote(&batch)
    return (end, lines, isOdd)
  }

  /// Finds where a quoted field ends, of which the first quote was found.
  ///
  /// - Returns: the place of the last quote and that of what ends the field, `nil` where other text follows the quote.
  ///   `nil` if the piece ends before.
  private func closeQuote(
    _ next: inout Int, _ bytes: [UInt8], _ end: Int, quote: UInt8, lineEnd: UInt8, _ lines: inout Int
  ) -> (quote: Int, end: Int?, isDoubled: Bool)? {
    var isDoubled = false
    while next < places.count {
      let place = places[next]
      next += 1
      if bytes[place] == lineEnd { lines += 1 }
      guard bytes[place] == quote else { continue }
      guard next < places.count else { return nil }
      let following = places[next]
      if following == place + 1, bytes[following] == quote {
        isDoubled = true
        next += 1
        continue
      }
      let isReturn = lineEnd == UInt8(ascii: "\n") && bytes[place + 1] == UInt8(ascii: "\r")
      guard following == place + 1 || isReturn && following == place + 2 && bytes[following] == lineEnd else {
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
    // The first line of a file is none of a block's.
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
