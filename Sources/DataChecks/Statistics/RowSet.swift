/// A set of rows of a table, one bit a row.
struct RowSet {
  private var words: [UInt64]
  private(set) var count = 0

  init(rows: Int) { words = [UInt64](repeating: 0, count: (rows + 63) / 64) }

  /// - Precondition: the row was not inserted before.
  mutating func insert(_ row: Int) {
    words[row >> 6] |= 1 << UInt64(row & 63)
    count += 1
  }

  @inline(__always)
  func contains(_ row: Int) -> Bool { words[row >> 6] >> UInt64(row & 63) & 1 == 1 }
}
