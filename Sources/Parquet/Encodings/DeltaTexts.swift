/// The encodings of strings by differences: DELTA_LENGTH_BYTE_ARRAY, and DELTA_BYTE_ARRAY, where strings also share
/// beginnings with those before them.
enum DeltaTexts {
  /// Shared beginnings can make few bytes into many.
  private static let mostBytes = 1 << 28

  /// Decodes `count` strings, which stay where they lie.
  ///
  /// - Parameters:
  ///   - page: the buffer that `range` is a part of.
  static func decodeLengths(
    _ page: [UInt8], _ range: Range<Int>, count: Int, into texts: inout ByteStrings
  ) throws(ParquetFault) {
    var lengths: [Int64] = []
    var start = range.lowerBound
    start += try Deltas.decode(page.span.extracting(range), count: count, into: &lengths)
    texts.ranges.reserveCapacity(count)
    for length in lengths {
      guard 0...Int64(range.upperBound - start) ~= length else { throw .cutShort("a page") }
      texts.ranges.append(start..<start + Int(length))
      start += Int(length)
    }
    texts.buffer = page
  }

  static func decodeShared(
    _ page: [UInt8], _ range: Range<Int>, count: Int, into texts: inout ByteStrings
  ) throws(ParquetFault) {
    var prefixes: [Int64] = []
    let start = try Deltas.decode(page.span.extracting(range), count: count, into: &prefixes)
    var suffixes = ByteStrings()
    try decodeLengths(page, range.lowerBound + start..<range.upperBound, count: count, into: &suffixes)
    var buffer: [UInt8] = []
    var last = 0..<0
    texts.ranges.reserveCapacity(count)
    for place in 0..<count {
      let prefix = prefixes[place]
      guard 0...Int64(last.count) ~= prefix else {
        throw .damaged("a page: a string shares \(prefix) bytes with one of \(last.count)")
      }
      let suffix = suffixes.ranges[place]
      guard buffer.count + Int(prefix) + suffix.count <= mostBytes else {
        throw .tooLarge("the size of a page's strings", value: buffer.count, limit: mostBytes)
      }
      let first = buffer.count
      buffer.append(contentsOf: buffer[last.lowerBound..<last.lowerBound + Int(prefix)])
      buffer.append(contentsOf: page[suffix])
      last = first..<buffer.count
      texts.ranges.append(last)
    }
    texts.buffer = buffer
  }
}
