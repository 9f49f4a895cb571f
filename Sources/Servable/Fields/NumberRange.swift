/// A number or an inclusive range: `1990`, `1990..1999`, `1990..` or `..1999`.
struct NumberRange<Number: Comparable> {
  /// The lower bound; none if `nil`.
  let low: Number?
  /// The upper bound; none if `nil`.
  let high: Number?

  /// Reads a number or a range; returns `nil` for other text, and for text longer than any number.
  ///
  /// - Parameter number: parses a number; `nil` for other text.
  init?(_ text: String, _ number: (Substring) -> Number?) {
    guard text.utf8.count <= 2_000 else { return nil }
    guard let dots = text.firstRange(of: "..") else {
      guard let value = number(text[...]) else { return nil }
      (low, high) = (value, value)
      return
    }
    let ends = [text[..<dots.lowerBound], text[dots.upperBound...]]
    let bounds = ends.map { number($0) }
    guard zip(ends, bounds).allSatisfy({ $0.isEmpty || $1 != nil }), ends.contains(where: { !$0.isEmpty }) else {
      return nil
    }
    (low, high) = (bounds[0], bounds[1])
  }
}
