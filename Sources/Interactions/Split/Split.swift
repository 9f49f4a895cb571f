import RandomNumbers
import Tables

/// A split of interactions: rows to learn from, rows to be judged by and, if they are asked for, rows to choose by and
/// rows of the held-out queries that are known when they are served. Each part is in the order of the data, and no row
/// is in two.
package struct Split: Sendable, Equatable {
  /// A part of the rows, which is an output of the stage.
  package enum Part: String, Sendable, CaseIterable { case train, history, validation, test }

  package let train: [Int]
  package let test: [Int]
  package let validation: [Int]
  /// Earlier rows of queries that are not learnt from, for the rule that holds out whole queries.
  package let history: [Int]

  package init(train: [Int], test: [Int], validation: [Int] = [], history: [Int] = []) {
    self.train = train
    self.test = test
    self.validation = validation
    self.history = history
  }

  /// - Parameter parts: of each row; `nil` for one that is in none.
  init(_ parts: [Part?]) {
    // In the order of the data, without a sort.
    func rows(_ part: Part) -> [Int] { parts.indices.filter { parts[$0] == part } }
    self.init(train: rows(.train), test: rows(.test), validation: rows(.validation), history: rows(.history))
  }

  package subscript(part: Part) -> [Int] {
    switch part {
    case .train: train
    case .history: history
    case .validation: validation
    case .test: test
    }
  }

  /// A split by the seed alone: of the rows in random order the first `train` are learnt from, the next `test` judge,
  /// the next `validation` choose.
  ///
  /// The same arguments give the same split on every machine and in every later version.
  package static func random(
    rows: Int, train: Int, test: Int, validation: Int = 0, seed: UInt64
  ) throws(DataError) -> Split {
    try checkSum([train, test, validation], rows: rows)
    var random = RandomGenerator(seed: seed, stream: "split")
    let order = random.permutation(rows)
    var parts = [Part?](repeating: nil, count: rows)
    for row in order[..<train] { parts[row] = .train }
    for row in order[train...].prefix(test) { parts[row] = .test }
    for row in order[(train + test)...].prefix(validation) { parts[row] = .validation }
    return Split(parts)
  }

  static func checkSum(_ sizes: [Int], rows: Int) throws(DataError) {
    var needed = 0
    for size in sizes {
      let (sum, overflow) = needed.addingReportingOverflow(size)
      needed = overflow ? .max : sum
    }
    guard needed <= rows else { throw .tooFewRows(needed: needed, there: rows) }
  }

  /// A split by a column of the data: "train", "test" or "validation"; rows that say anything else are in none.
  package static func byField(
    _ field: String, of interactions: Interactions, validation hasValidation: Bool = false
  ) throws -> Split {
    let column = try interactions.text(field)
    let expected: [Part] = hasValidation ? [.train, .test, .validation] : [.train, .test]
    let parts = column.dictionary.indices.map { place in
      expected.first { column.dictionary.utf8(place).elementsEqual($0.rawValue.utf8) }
    }
    let split = Split(column.codes.map { parts[Int($0)] })
    for part in expected where split[part].isEmpty {
      let there = column.dictionary.indices.prefix(5).map { column.dictionary[$0] }
      throw DataError.noPart(part.rawValue, column: field, there: there)
    }
    return split
  }
}
