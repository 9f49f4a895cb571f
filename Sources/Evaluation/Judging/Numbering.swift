import Interactions
import Tables

/// Numbers from 0 for the values of a vocabulary in its order, and behind them for values that it does not have, in the
/// order in which they come.
package struct Numbering: Sendable {
  /// Values that the vocabulary has.
  package let known: Int
  private let vocabulary: Vocabulary
  private var others: [String: Int32] = [:]

  package init(_ vocabulary: Vocabulary) {
    self.vocabulary = vocabulary
    known = vocabulary.values.count
  }

  package var count: Int { known + others.count }

  /// A number for each row of a column.
  package mutating func numbers(of column: TextColumn) -> [Int32] {
    let numbers = numbers(of: column.dictionary)
    return column.codes.map { numbers[Int($0)] }
  }

  /// - Parameter values: sorted by their bytes.
  package mutating func numbers(of values: Strings) -> [Int32] {
    var numbers = values.places(in: vocabulary.values)
    for place in numbers.indices where numbers[place] < 0 {
      let next = Int32(count)
      numbers[place] = others[values[place]] ?? next
      if numbers[place] == next { others[values[place]] = next }
    }
    return numbers
  }
}
