import Tables

extension DelimitedFile {
  /// Reads the file into a table, block by block: memory holds one block, or one record if that is longer.
  ///
  /// - Parameters:
  ///   - columnNames: gives the names of the columns by the first record.
  func read(
    into table: DelimitedTable, hasHeader: Bool, _ partitions: [(name: String, value: String?)],
    columnNames: (DelimitedRecord) throws(DataError) -> [String]
  ) throws {
    let blockSize = table.blockSize
    var text: [UInt8] = []
    var cutter: RecordCutter?
    var layout: FileLayout?

    func takeBlock(isLast: Bool) throws {
      let start = text.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
      var current = cutter ?? RecordCutter(dialect, start: start)
      if !isLast { try current.look(at: text) }
      let end = isLast ? text.count : current.end
      current.cut()
      cutter = current
      guard end > 0 else { return }
      var skipped: (bytes: Int, lines: Int)?
      if layout == nil {
        guard let record = DelimitedReader.first(of: text.span.extracting(0..<end), dialect, line: 1) else {
          // Nothing but empty lines so far; the text stays, and the cutter begins anew.
          cutter = nil
          if isLast { table.pass(lines: text.count { $0 == dialect.lineEndByte }) }
          return
        }
        layout = try table.layout(of: self, columns: columnNames(record), partitions)
        skipped =
          hasHeader
          ? (record.taken, record.line + record.lines - 1)
          : (lineStart(record.line, in: text) ?? start, record.line - 1)
      }
      guard let layout else { return }
      var bytes: [UInt8] = []
      swap(&bytes, &text)
      text += bytes[end...]
      bytes.removeLast(bytes.count - end)
      bytes.removeFirst(skipped?.bytes ?? 0)
      bytes += RecordBlock.padding
      table.take(RecordBlock(bytes: bytes, layout: layout, linesBefore: skipped?.lines))
    }

    try EncodedFile(path: path, name: name, encoding: encoding).forEachChunk { chunk in
      var next = 0
      while next < chunk.count, !table.hasSeveralUnits {
        let end = min(next + blockSize, chunk.count)
        text.append(contentsOf: chunk.extracting(next..<end))
        next = end
        if text.count >= blockSize { try takeBlock(isLast: false) }
      }
    }
    try takeBlock(isLast: true)
  }

  /// The place where a line begins, counted from 1; `nil` of the first one.
  private func lineStart(_ line: Int, in text: [UInt8]) -> Int? {
    var left = line - 1
    guard left > 0 else { return nil }
    let end = text.firstIndex { byte in
      if byte == dialect.lineEndByte { left -= 1 }
      return left == 0
    }
    return end.map { $0 + 1 }
  }
}
