import BasicAlgorithms
package import Tables

/// Candidates or queries that rows of a table describe: each thing has the rows with its key, which may be none or
/// several.
package struct DescribedThings: Sendable {
  package let table: Table
  /// The name of the table for people.
  package let name: String
  /// `nil` where each row is a thing by itself.
  private let rows: Grouping<Int>?

  /// Number of things, described or not.
  package var count: Int { rows?.count ?? table.rows }

  /// `true` if each row is a thing by itself.
  var areRows: Bool { rows == nil }

  /// The rows of a table as things, one each.
  package init(rowsOf table: Table, name: String) {
    self.table = table
    self.name = name
    rows = nil
  }

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
  func rows(of thing: Int) -> ArraySlice<Int> { rows.map { $0[thing] } ?? [thing] }
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

  /// The tokens of a row, each once.
  static func distinctTokens(_ column: Column, _ row: Int, words: Bool) -> [String] {
    var distinct: [String] = []
    for token in tokens(column, row, words: words) where !distinct.contains(token) { distinct.append(token) }
    return distinct
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
    guard let rows else { return Self.number(column, thing) }
    for row in rows[thing] {
      if let number = Self.number(column, row) { return number }
    }
    return nil
  }

  static func number(_ column: Column, _ row: Int) -> Double? {
    switch column.values {
    case .integers(let values, let present) where present?[row] != 0: Double(values[row])
    case .reals(let values, let present) where present?[row] != 0 && values[row].isFinite: values[row]
    default: nil
    }
  }
}
