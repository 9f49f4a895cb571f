import Parquet

/// A column of one row group, decoded: one entry a row, or for lists one an item.
struct ChunkValues: Sendable {
  enum Values: Sendable {
    /// Codes of strings, of which some may have no code, and two may be the same.
    case text(codes: [UInt32], ByteStrings)
    case integers([Int64])
    case reals([Double])
  }

  var values: Values
  /// A flag for each row, 0 where the value is missing: text is empty there, and numbers are 0. Empty if none is.
  var present: [UInt8] = []
  /// The number of items of each row; empty if the column has no lists.
  var lengths: [Int] = []
}
