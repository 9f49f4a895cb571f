/// Rows of text whose fields lie in one buffer, so that they are read column by column.
public struct FieldBatch: Sendable {
  /// The buffer, of less than 4 GiB; bytes behind the last field make reading faster.
  public var bytes: [UInt8]
  /// The beginning and the end of each field, row by row.
  public var starts: [UInt32] = []
  public var ends: [UInt32] = []
  /// The number of fields in a row.
  public let width: Int

  public init(bytes: [UInt8], width: Int) {
    self.bytes = bytes
    self.width = width
  }

  @inlinable
  public var rows: Int { width > 0 ? ends.count / width : 0 }

  @inlinable
  public func range(_ row: Int, _ field: Int) -> Range<Int> {
    let place = row * width + field
    return Int(starts[place])..<Int(ends[place])
  }

  @inlinable
  public mutating func append(_ field: Range<Int>) {
    starts.append(UInt32(field.lowerBound))
    ends.append(UInt32(field.upperBound))
  }

  /// Leaves out all rows, or those from `rows` on and whatever stands behind them.
  public mutating func cut(to rows: Int = 0) {
    starts.removeLast(starts.count - rows * width)
    ends.removeLast(ends.count - rows * width)
  }
}
