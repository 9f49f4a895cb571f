import Parquet
import Tables

/// A column of one row group, decoded: one entry a row, or for lists one an item.
struct ChunkValues: Sendable {
  enum Values: Sendable {
    /// Text in the codes of the thread that decoded it.
    case codes([UInt32], lane: Int)
    /// Text that becomes something else, with the strings of its codes.
    case text([UInt32], Strings)
    case integers([Int64])
    case reals([Double])
  }

  var values: Values
  /// A flag for each row, 0 where the value is missing: text is empty there, and numbers are 0. Empty if none is.
  var present: [UInt8] = []
  /// The number of items of each row; empty if the column has no lists.
  var lengths: [Int] = []
  /// The rows whose text may not be there.
  var faults: [(row: Int, fault: RowFault)] = []
}

extension ChunkValues {
  /// The number of entries.
  var count: Int {
    switch values {
    case .codes(let codes, _), .text(let codes, _): codes.count
    case .integers(let values): values.count
    case .reals(let values): values.count
    }
  }

  @inline(__always)
  func isPresent(_ row: Int) -> Bool { present.isEmpty || present[row] == 1 }
}
