/// The encoding PLAIN, and BYTE_STREAM_SPLIT, which is PLAIN with the first bytes of all values together, then the
/// second ones, and so on.
enum PlainValues {
  /// Decodes `count` values, none of them missing, from a part of a page.
  static func decode(
    _ page: [UInt8], _ range: Range<Int>, _ leaf: SchemaLeaf, count: Int, into values: inout ColumnValues
  ) throws(ParquetFault) {
    func require(_ bytes: Int) throws(ParquetFault) {
      guard bytes <= range.count else { throw .cutShort("a page") }
    }
    let bytes = page.span.extracting(range)
    switch leaf.physical {
    case .boolean:
      try require((count + 7) / 8)
      values.integers.setCount(count, filler: 0)
      for place in 0..<count { values.integers[place] = Int64(bytes.byte(place >> 3) >> UInt8(place & 7) & 1) }
    case .int32:
      try require(count * 4)
      values.integers.setCount(count, filler: 0)
      var target = values.integers.mutableSpan
      if leaf.isUnsigned32 {
        for place in 0..<count { target[place] = Int64(bytes.load(place * 4, as: UInt32.self)) }
      } else {
        for place in 0..<count { target[place] = Int64(bytes.load(place * 4, as: Int32.self)) }
      }
    case .int64:
      try require(count * 8)
      values.integers.setCount(count, filler: 0)
      unsafe values.integers.withUnsafeMutableBytes { target in
        unsafe bytes.extracting(0..<count * 8).withUnsafeBytes { unsafe target.copyMemory(from: $0) }
      }
    case .int96:
      try require(count * 12)
      values.integers.setCount(count, filler: 0)
      for place in 0..<count { values.integers[place] = try microseconds(bytes, place * 12) }
    case .float:
      try require(count * 4)
      values.reals.setCount(count, filler: 0)
      var target = values.reals.mutableSpan
      for place in 0..<count { target[place] = Double(bytes.load(place * 4, as: Float.self)) }
    case .double:
      try require(count * 8)
      values.reals.setCount(count, filler: 0)
      unsafe values.reals.withUnsafeMutableBytes { target in
        unsafe bytes.extracting(0..<count * 8).withUnsafeBytes { unsafe target.copyMemory(from: $0) }
      }
    case .byteArray: try decodeTexts(page, range, count: count, into: &values.texts)
    case .fixedLengthByteArray:
      // A length is at most a megabyte, and a count 2^26.
      try require(count * leaf.length)
      for place in 0..<count {
        let start = range.lowerBound + place * leaf.length
        values.texts.ranges.append(start..<start + leaf.length)
      }
      values.texts.buffer = page
    }
  }

  /// Decodes values whose bytes are apart.
  static func decodeSplit(
    _ page: [UInt8], _ range: Range<Int>, _ leaf: SchemaLeaf, count: Int, into values: inout ColumnValues
  ) throws(ParquetFault) {
    let width: Int
    switch leaf.physical {
    case .int32, .float: width = 4
    case .int64, .double: width = 8
    case .fixedLengthByteArray: width = leaf.length
    case .boolean, .int96, .byteArray: throw .unreadEncoding("BYTE_STREAM_SPLIT", of: leaf.physical.name)
    }
    guard count * width <= range.count else { throw .cutShort("a page") }
    var joined = [UInt8](repeating: 0, count: count * width)
    for stream in 0..<width {
      let start = range.lowerBound + stream * count
      for place in 0..<count { joined[place * width + stream] = page[start + place] }
    }
    try decode(joined, 0..<joined.count, leaf, count: count, into: &values)
  }

  private static func decodeTexts(
    _ page: [UInt8], _ range: Range<Int>, count: Int, into texts: inout ByteStrings
  ) throws(ParquetFault) {
    guard count * 4 <= range.count else { throw .cutShort("a page") }
    let bytes = page.span
    texts.ranges.setCount(count, filler: 0..<0)
    var ranges = texts.ranges.mutableSpan
    var place = range.lowerBound
    for text in 0..<count {
      guard range.upperBound - place >= 4 else { throw .cutShort("a page") }
      let length = Int(bytes.load(place, as: UInt32.self))
      place += 4
      guard range.upperBound - place >= length else { throw .cutShort("a page") }
      ranges[text] = place..<place + length
      place += length
    }
    texts.buffer = page
  }

  /// Microseconds since 1970 of nanoseconds of a day and the number of the day, counted from noon in 4713 BC.
  private static func microseconds(_ bytes: Span<UInt8>, _ place: Int) throws(ParquetFault) -> Int64 {
    let nanoseconds = bytes.load(place, as: Int64.self)
    let day = Int64(bytes.load(place + 8, as: Int32.self))
    let (start, isFar) = (day - 2_440_588).multipliedReportingOverflow(by: 86_400_000_000)
    let floor = nanoseconds / 1000 - (nanoseconds % 1000 < 0 ? 1 : 0)
    let (sum, isFarther) = start.addingReportingOverflow(floor)
    guard !isFar, !isFarther else { throw .damaged("a page: a time on day \(day)") }
    return sum
  }
}
