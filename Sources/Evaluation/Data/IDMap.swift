package import Interactions
package import Tables

/// Maps raw ids to numbers from 0: those of a vocabulary in its order, and after them other ids in the order in which
/// they come.
package struct IDMap: Sendable {
  /// The number of ids in the vocabulary.
  package let known: Int
  private let vocabulary: Vocabulary
  private var others: [String: Int32] = [:]

  package init(_ vocabulary: Vocabulary) {
    self.vocabulary = vocabulary
    known = vocabulary.values.count
  }

  package var count: Int { known + others.count }

  /// Returns a number for each row of a column; ids that were not met before get new ones.
  package mutating func numbers(of column: TextColumn) -> [Int32] {
    let numbers = numbers(of: column.dictionary)
    return column.codes.map { numbers[Int($0)] }
  }

  /// Returns a number for each value; those that were not met before get new ones.
  ///
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

  /// Returns for each number so far its row in the embedding table of `other`, whose values that were not met before
  /// get new numbers; `.unknown` for ids that `other` lacks.
  package mutating func rows(of other: Vocabulary) -> [EmbeddingRow] {
    let numbers = numbers(of: other.values)
    var rows = [EmbeddingRow](repeating: .unknown, count: count)
    for (place, number) in numbers.enumerated() { rows[Int(number)] = CandidateNumber(place).row }
    return rows
  }
}
