/// The way in which a column's values become numbers.
package enum FeatureKind: Sendable, Equatable {
  /// One of the values that at least `atLeast` rows have; a value alone in its row.
  case category(atLeast: Int)
  /// One of `buckets` buckets, by a hash of the value: for columns of very many values.
  case hashed(buckets: Int)
  /// Several values of a row, each with weight 1 / √(number of them).
  case list(atLeast: Int)
  /// The words of a text in small letters, as a list.
  case words(atLeast: Int)
  /// A number, less the mean, divided by the standard deviation.
  case number
  /// One of a number of ranges of numbers, with about equally many rows in each.
  case buckets(Int)
  /// A part of a time, which comes round again.
  case timePart(TimePart)

  /// Words of fewer titles say which title it is rather than what it is about.
  package static let leastTitlesOfWord = 5
  package static let usualBuckets = 16

  static let syntax =
    "category [at-least N] [hash N], list [at-least N], words [at-least N], number, buckets N, or of a time hour, weekday, or "
    + "month"
}

/// A feature as it is declared: a column, and the kind of feature that is made of it.
///
/// The text is `COLUMN`, or `COLUMN: KIND` with the options of the kind, such as "genres: list at-least 2". Without a
/// kind a text is a category, a list is a list, and a number has 16 buckets.
package struct FeatureDeclaration: Sendable, Equatable {
  package let column: String
  /// `nil` where the column's own kind decides.
  package let kind: FeatureKind?
  package let text: String

  package init(_ text: String) throws(FeatureError) {
    self.text = text
    guard let separator = text.lastRange(of: ": ") else {
      column = text.trimmed
      kind = nil
      guard !column.isEmpty else { throw .badDeclaration(text, .noColumn) }
      return
    }
    column = String(text[..<separator.lowerBound]).trimmed
    guard !column.isEmpty else { throw .badDeclaration(text, .noColumn) }
    do { kind = try Self.kind(text[separator.upperBound...].split(separator: " ").map { String($0) }) } catch {
      throw .badDeclaration(text, error)
    }
  }

  private static func kind(_ words: [String]) throws(FeatureError.DeclarationFault) -> FeatureKind {
    let name = words.first ?? ""
    var rest = words.dropFirst()
    switch name {
    case "category":
      let options = try options(&rest, of: name, ["at-least", "hash"])
      if let buckets = options["hash"] { return .hashed(buckets: buckets) }
      return .category(atLeast: options["at-least"] ?? 1)
    case "list": return .list(atLeast: try options(&rest, of: name, ["at-least"])["at-least"] ?? 1)
    case "words":
      return .words(atLeast: try options(&rest, of: name, ["at-least"])["at-least"] ?? FeatureKind.leastTitlesOfWord)
    case "number":
      if let word = rest.first { throw .unknownOption(word, of: name) }
      return .number
    case "buckets":
      var count = FeatureKind.usualBuckets
      if let word = rest.popFirst() { count = try number(word, of: name, least: 2) }
      if let word = rest.first { throw .unknownOption(word, of: name) }
      return .buckets(count)
    default:
      guard let part = TimePart(rawValue: name) else { throw .unknownKind(name) }
      if let word = rest.first { throw .unknownOption(word, of: name) }
      return .timePart(part)
    }
  }

  private static func options(
    _ words: inout ArraySlice<String>, of kind: String, _ names: [String]
  ) throws(FeatureError.DeclarationFault) -> [String: Int] {
    var options: [String: Int] = [:]
    while let name = words.popFirst() {
      guard names.contains(name), options.isEmpty else { throw .unknownOption(name, of: kind) }
      options[name] = try number(words.popFirst() ?? "", of: name, least: name == "hash" ? 2 : 1)
    }
    return options
  }

  private static let greatest = 1_000_000

  private static func number(
    _ word: String, of name: String, least: Int
  ) throws(FeatureError.DeclarationFault) -> Int {
    guard let number = Int(word), least...greatest ~= number else {
      throw .badNumber(word, of: name, least: least, greatest: greatest)
    }
    return number
  }
}

extension String {
  fileprivate func lastRange(of separator: String) -> Range<String.Index>? {
    var start = endIndex
    while start > startIndex {
      start = index(before: start)
      if self[start...].hasPrefix(separator) { return start..<index(start, offsetBy: separator.count) }
    }
    return nil
  }

  fileprivate var trimmed: String {
    let kept = drop { $0 == " " }
    return String(kept.reversed().drop { $0 == " " }.reversed())
  }
}
