/// A row of comma-separated values as RFC 4180 has it.
package enum CSVRow {
  /// Appends the row and its CR LF. Cells with a comma, a quote or a line break are quoted; so is a single empty cell,
  /// which would be an empty line.
  package static func append(_ cells: [String], to bytes: inout [UInt8]) {
    for (place, cell) in cells.enumerated() {
      if place > 0 { bytes.append(UInt8(ascii: ",")) }
      let needsQuotes = cell.utf8.contains(where: isSpecial) || cells.count == 1 && cell.isEmpty
      guard needsQuotes else {
        bytes += cell.utf8
        continue
      }
      bytes.append(quote)
      for byte in cell.utf8 {
        if byte == quote { bytes.append(quote) }
        bytes.append(byte)
      }
      bytes.append(quote)
    }
    bytes += [13, 10]
  }

  private static let quote = UInt8(ascii: "\"")

  private static func isSpecial(_ byte: UInt8) -> Bool { byte == 0x2c || byte == quote || byte == 13 || byte == 10 }
}
