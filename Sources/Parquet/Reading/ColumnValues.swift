/// Values of a column, none of them missing: the array that the column's type says is filled, the others are empty.
package struct ColumnValues: Sendable {
  package internal(set) var integers: [Int64] = []
  package internal(set) var reals: [Double] = []
  package internal(set) var texts = ByteStrings()

  package init() {}

  mutating func removeAll() {
    integers.removeAll(keepingCapacity: true)
    reals.removeAll(keepingCapacity: true)
    texts.removeAll()
  }
}

/// Strings of bytes that lie in one buffer, where other bytes may be between them.
package struct ByteStrings: Sendable {
  package internal(set) var buffer: [UInt8] = []
  package internal(set) var ranges: [Range<Int>] = []

  package init() {}

  /// - Precondition: the ranges are in the buffer.
  package init(buffer: [UInt8], ranges: [Range<Int>]) {
    self.buffer = buffer
    self.ranges = ranges
  }

  package var count: Int { ranges.count }

  package subscript(place: Int) -> ArraySlice<UInt8> { buffer[ranges[place]] }

  /// Lets go of the buffer, which may be that of a page.
  mutating func removeAll() {
    buffer = []
    ranges.removeAll(keepingCapacity: true)
  }
}

/// A page of a column, decoded.
package struct ColumnPage: Sendable {
  /// The number of entries: rows, or of a list items and rows without any.
  package internal(set) var count = 0
  /// A flag for each entry, 0 where it has no value; empty if every entry has one.
  package internal(set) var present: [UInt8] = []
  /// A flag for each entry, 1 where a row begins; empty if the column has no lists.
  package internal(set) var beginsRow: [UInt8] = []
  /// `true` if `indices` count; else `values` do.
  package internal(set) var isIndexed = false
  /// Places in the chunk's dictionary, each of them there.
  package internal(set) var indices: [UInt32] = []
  package internal(set) var values = ColumnValues()
}

extension Array {
  /// Changes the number of elements; their values are to be overwritten.
  mutating func setCount(_ count: Int, filler: Element) {
    if count < self.count {
      removeLast(self.count - count)
    } else {
      append(contentsOf: repeatElement(filler, count: count - self.count))
    }
  }
}
