import Artifacts
import BasicAlgorithms
import Kernels

/// Rising numbers where they lie in a mapped file; nothing is built when it is opened.
struct MappedNumbers<Number: SectionElement & Comparable>: Sendable {
  private let values: SharedValues<Number>

  init(_ section: String, in file: ArtifactFile) throws {
    values = try file.mapped(section)
  }

  var count: Int { values.count }

  subscript(place: Int) -> Number { values[place] }

  func count(below bound: Number) -> Int { firstPlace { $0 >= bound } }

  func count(upTo bound: Number) -> Int { firstPlace { $0 > bound } }

  private func firstPlace(_ isReached: (Number) -> Bool) -> Int {
    (0..<count).partitioningIndex { isReached(values[$0]) }
  }
}

/// A number, or a range with both ends in it: `1990`, `1990..1999`, `1990..` or `..1999`.
struct NumberRange<Number: Comparable> {
  /// No bound if nil.
  let low: Number?
  let high: Number?

  /// - Parameter number: what a text says; nil if that is not a number.
  /// - Returns: nil for what is not a number or range, and for what is longer than any.
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
