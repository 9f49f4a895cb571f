extension String {
  /// The number of columns that the text takes on a terminal.
  var columns: Int { reduce(0) { $0 + $1.columns } }

  /// The beginning of the text that fits into `columns`, with an ellipsis if something is left out.
  func fitted(to columns: Int) -> String {
    guard self.columns > columns else { return self }
    guard columns > 0 else { return "" }
    var text = ""
    var used = 0
    for character in self {
      guard used + character.columns < columns else { break }
      text.append(character)
      used += character.columns
    }
    return text + "…"
  }
}

extension Character {
  /// The number of columns: 2 for the wide characters of East Asia and pictographs, 0 for what only combines.
  fileprivate var columns: Int {
    guard let scalar = unicodeScalars.first, !isASCII else { return 1 }
    if [.nonspacingMark, .enclosingMark, .format].contains(scalar.properties.generalCategory) { return 0 }
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
      0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
      return 2
    default: return 1
    }
  }
}
