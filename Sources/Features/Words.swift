/// The words of a text: runs of letters and digits in small letters, whatever stands between them.
enum Words {
  /// Distinct words in the order in which they come.
  static func of(_ text: String) -> [String] {
    var words: [String] = []
    var word = ""
    func finish() {
      if !word.isEmpty, !words.contains(word) { words.append(word) }
      word = ""
    }
    for character in text {
      // The apostrophe stands within words: "don't" is one.
      if character.isLetter || character.isNumber {
        word += character.lowercased()
      } else if character != "'", character != "\u{2019}" {
        finish()
      }
    }
    finish()
    return words
  }
}
