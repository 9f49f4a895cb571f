import Kernels
import Tables

/// Rows to learn from and rows to be judged by, each in the order of the data.
package struct Split: Sendable, Equatable {
  package let train: [Int]
  package let test: [Int]

  /// Chosen by the seed alone: of the rows in random order the first `train` are learnt from, the next `test` judge.
  ///
  /// The same arguments give the same split on every machine and in every later version.
  package static func random(rows: Int, train: Int, test: Int, seed: UInt64) throws(DataError) -> Split {
    let (wanted, overflow) = train.addingReportingOverflow(test)
    guard !overflow, wanted <= rows else { throw .tooFewRows(wanted: overflow ? .max : wanted, there: rows) }
    var random = RandomGenerator(seed: seed, stream: "split")
    let order = random.permutation(rows)
    // In the order of the data, without a sort.
    var parts = [UInt8](repeating: 0, count: rows)
    for row in order[..<train] { parts[row] = 1 }
    for row in order[train..<train + test] { parts[row] = 2 }
    return Split(train: parts.indices.filter { parts[$0] == 1 }, test: parts.indices.filter { parts[$0] == 2 })
  }

  /// As a column of the data says: "train" or "test"; rows that say anything else are in neither.
  package static func byField(_ field: String, of interactions: Interactions) throws -> Split {
    let column = try interactions.text(field)
    let parts = column.dictionary.array
    var (train, test): ([Int], [Int]) = ([], [])
    for (row, code) in column.codes.enumerated() {
      switch parts[Int(code)] {
      case "train": train.append(row)
      case "test": test.append(row)
      default: break
      }
    }
    for (part, rows) in [("train", train), ("test", test)] where rows.isEmpty {
      throw DataError.noPart(part, column: field)
    }
    return Split(train: train, test: test)
  }
}
