extension JSON {
  /// The canonical text, without white space.
  package var text: String {
    var text = ""
    write(to: &text, indent: nil)
    return text
  }

  /// The same for people: two spaces a level.
  package var prettyText: String {
    var text = ""
    write(to: &text, indent: 0)
    return text
  }

  /// The bytes of a file for people and programs: the text with white space, and the end of its last line.
  package var document: [UInt8] { Array("\(prettyText)\n".utf8) }

  private func write(to text: inout String, indent: Int?) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .integer(let value): text += String(value)
    // JSON has no infinities; a measure without a value is null.
    case .number(let value): text += value.isFinite ? "\(value)" : "null"
    case .string(let value): Self.quote(value, into: &text)
    case .array(let values):
      Self.writeList("[", "]", values.count, indent, to: &text) { place, text, deeper in
        values[place].write(to: &text, indent: deeper)
      }
    case .object(let fields):
      let keys = fields.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      Self.writeList("{", "}", keys.count, indent, to: &text) { place, text, deeper in
        Self.quote(keys[place], into: &text)
        text += deeper == nil ? ":" : ": "
        (fields[keys[place]] ?? .null).write(to: &text, indent: deeper)
      }
    }
  }

  private static func writeList(
    _ open: String, _ close: String, _ count: Int, _ indent: Int?, to text: inout String,
    _ element: (Int, inout String, Int?) -> Void
  ) {
    text += open
    let deeper = indent.map { $0 + 2 }
    for place in 0..<count {
      if place > 0 { text += "," }
      if let deeper { text += "\n" + String(repeating: " ", count: deeper) }
      element(place, &text, deeper)
    }
    if let indent, count > 0 { text += "\n" + String(repeating: " ", count: indent) }
    text += close
  }

  private static func quote(_ value: String, into text: inout String) {
    text += "\""
    defer { text += "\"" }
    let isPlain = value.utf8.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
    guard !isPlain else {
      text += value
      return
    }
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
  }
}
