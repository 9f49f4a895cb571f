import BasicAlgorithms
package import Tables

/// Candidates or queries that rows of a table describe: each thing has the rows with its key, which may be none or
/// several.
package struct DescribedThings: Sendable {
  package let table: Table
  /// The name of the table for people.
  package let name: String
  private let rows: Grouping<Int>

  /// Number of things, described or not.
  package var count: Int { rows.count }

  /// - Parameters:
  ///   - keys: the column of the table that says which thing a row describes.
  ///   - things: sorted by bytes, without repeats.
  package init(_ table: Table, name: String, keys: TextColumn, things: Strings) {
    let places = keys.dictionary.places(in: things)
    self.init(table, name: name, numbers: keys.codes.map { places[Int($0)] }, count: things.count)
  }

  /// - Parameters:
  ///   - numbers: the thing that each row describes; below 0 for a row that describes none.
  ///   - count: of the things.
  package init(_ table: Table, name: String, numbers: [Int32], count: Int) {
    self.table = table
    self.name = name
    rows = Grouping(count: count) { take in
      for (row, number) in numbers.enumerated() where number >= 0 { take(Int(number), row) }
    }
  }

  /// The rows that describe a thing, in their order.
  func rows(of thing: Int) -> ArraySlice<Int> { rows[thing] }
}

extension DescribedThings {
  /// The tokens of a thing in a column, distinct and in their order: of its first row that has any if `isSingle`, else
  /// of all its rows.
  func tokens(of thing: Int, in column: Column, isSingle: Bool, words: Bool) -> [String] {
    var tokens: [String] = []
    for row in rows(of: thing) {
      for token in Self.tokens(column, row, words: words) where !tokens.contains(token) { tokens.append(token) }
      if isSingle, !tokens.isEmpty { break }
    }
    return tokens
  }

  private static func tokens(_ column: Column, _ row: Int, words: Bool) -> [String] {
    if case .textLists(let starts, let items) = column.values {
      let all = (starts[row]..<starts[row + 1]).map { items[Int($0)] }.filter { !$0.isEmpty }
      return words ? all.flatMap { Words.of($0) } : all
    }
    let text = column.text(row)
    if words { return Words.of(text) }
    return text.isEmpty ? [] : [text]
  }

  /// The first number that rows of a thing have; `nil` if none has one.
  func number(of thing: Int, in column: Column) -> Double? {
    for row in rows(of: thing) {
      switch column.values {
      case .integers(let values, let present) where present?[row] != 0: return Double(values[row])
      case .reals(let values, let present) where present?[row] != 0 && values[row].isFinite: return values[row]
      default: continue
      }
    }
    return nil
  }
}
