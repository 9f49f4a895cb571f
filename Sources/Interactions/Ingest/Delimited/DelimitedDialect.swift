/// The spelling of delimited text: what stands between its fields, around them and at the ends of lines.
package struct DelimitedDialect: Sendable, Equatable {
  package enum LineEnd: Sendable { case lineFeed, carriageReturn }

  /// One or more bytes; none of them begins a quote or ends a line.
  package var separator: [UInt8]
  /// The byte around fields that hold separators or line breaks, doubled inside; `nil` if quotes stand for themselves.
  package var quote: UInt8? = UInt8(ascii: "\"")
  /// `true` if a backslash takes its meaning from the character behind it, or makes `n`, `r` and `t` what they are in
  /// C. A field of `\N` alone is empty.
  package var hasBackslashEscapes = false
  package var lineEnd = LineEnd.lineFeed
  /// `true` if the first line is no record.
  package var passesOverFirstLine = false

  package init(separator: [UInt8]) { self.separator = separator }

  package init(separator: Unicode.Scalar) { self.init(separator: [UInt8](String(separator).utf8)) }
}

extension DelimitedDialect {
  var lineEndByte: UInt8 { lineEnd == .lineFeed ? UInt8(ascii: "\n") : UInt8(ascii: "\r") }

  /// `true` if single bytes tell where fields and records end, so that text can be cut anywhere between records.
  var isCutBySingleBytes: Bool {
    separator.count == 1 && !hasBackslashEscapes && separator[0] != quote
      && ![UInt8(ascii: "\n"), UInt8(ascii: "\r")].contains(separator[0])
  }
}
