import Tables

/// Identifiers that may not be what they seem: words that stand for none, and one identifier in several spellings.
package struct OddIdentifiers {
  private static let words: Set<String> = [
    "null", "\\n", "nan", "none", "na", "n/a", "#n/a", "nil", "undefined", "unknown", "(null)", "<na>", "?", "-",
  ]

  /// A line for each kind of odd identifiers that was found.
  package let lines: [String]

  /// - Parameter interactions: their queries and candidates are looked at, at the cost of their distinct values.
  package init(_ interactions: Interactions) throws {
    lines = try [interactions.roles.query, interactions.roles.candidate].flatMap { name in
      let column = try interactions.text(name)
      return Self.lines(name, column)
    }
  }

  private static func lines(_ name: String, _ column: TextColumn) -> [String] {
    var lines: [String] = []
    let values = column.dictionary
    var null: [UInt32: Int] = [:]
    for place in 0..<values.count where words.contains(values[place].lowercased()) { null[UInt32(place)] = 0 }
    if !null.isEmpty {
      for code in column.codes where null[code] != nil { null[code, default: 0] += 1 }
      for (place, count) in null.sorted(by: { $0.key < $1.key }) {
        lines.append(
          "\(count) rows have \(name) \"\(values[Int(place)])\": "
            + "if that stands for none, name it in missing and leave such rows out with keep, "
            + "or all of them are one \(name)"
        )
      }
    }
    let isSpace = { (byte: UInt8) in byte == 0x20 || 9...13 ~= byte }
    let spaced = (0..<values.count).filter { place in
      let bytes = values.utf8(place)
      return bytes.first.map(isSpace) == true || bytes.last.map(isSpace) == true
    }
    if let first = spaced.first {
      lines.append(
        "\(spaced.count) \(name) begin or end with white space, such as \"\(values[first])\"; "
          + "it is part of the identifier"
      )
    }
    // Swift's strings are equal where Unicode says so, whatever their bytes.
    var seen: Set<String> = []
    let double = (0..<values.count).first { place in
      let value = values.utf8(place)
      return value.contains { $0 >= 0x80 } && !seen.insert(values[place]).inserted
    }
    if let double {
      lines.append(
        "\(name) \"\(values[double])\" stands there in two Unicode forms, and counts as two; normalise the data (NFC)")
    }
    return lines
  }
}
