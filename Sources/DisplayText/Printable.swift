extension StringProtocol {
  /// The text made safe to show on a terminal, in one line: control characters are spelled out.
  package var printable: String {
    var text = ""
    for scalar in unicodeScalars {
      switch scalar {
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case _ where scalar.properties.generalCategory == .control: text += "\\u{\(String(scalar.value, radix: 16))}"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }
}

/// Returns at most `length` characters of the text, on one line.
package func shortened(_ text: String, _ length: Int) -> String {
  let line = text.map { $0.isNewline || $0 == "\t" ? " " : $0 }
  return line.count <= length ? String(line) : String(line.prefix(length - 1)) + "…"
}
