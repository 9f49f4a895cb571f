/// The encoding RLE: runs of one value, and values packed into bits. Levels, places in dictionaries and Booleans have it.
enum RunLengths {
  /// Decodes `count` numbers of `width` bits in place of those in `values`.
  static func decode<Value: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _ bytes: Span<UInt8>, width: Int, count: Int, into values: inout [Value]
  ) throws(ParquetFault) {
    guard 0...min(Value.bitWidth, 32) ~= width else { throw .damaged("a page: numbers of \(width) bits") }
    values.setCount(count, filler: 0)
    var target = values.mutableSpan
    if width == 0 {
      for place in 0..<count { target[place] = 0 }
      return
    }
    var (done, place) = (0, 0)
    while done < count {
      let header = try bytes.varint(&place)
      let left = count - done
      if header & 1 == 0 {
        let value = try run(bytes, width: width, &place)
        let length = Int(min(header >> 1, UInt64(left)))
        let repeated = Value(truncatingIfNeeded: value)
        for next in done..<done + length { target[next] = repeated }
        done += length
      } else {
        // In groups of eight, of which the last may hold more than there are.
        let groups = Int(min(header >> 1, UInt64((left + 7) / 8)))
        let length = min(groups * 8, left)
        guard (length * width + 7) / 8 <= bytes.count - place else { throw .cutShort("a page") }
        var bit = place * 8
        for next in done..<done + length {
          target[next] = Value(truncatingIfNeeded: bytes.bits(bit, width: width))
          bit += width
        }
        place += groups * width
        done += length
      }
    }
  }

  /// The value that one run gives all `count` numbers; `nil` if they take more than that run.
  static func constant(_ bytes: Span<UInt8>, width: Int, count: Int) throws(ParquetFault) -> UInt32? {
    if width == 0 { return 0 }
    guard count > 0, width <= 32 else { return nil }
    var place = 0
    let header = try bytes.varint(&place)
    guard header & 1 == 0, header >> 1 >= UInt64(count) else { return nil }
    return try run(bytes, width: width, &place)
  }

  private static func run(_ bytes: Span<UInt8>, width: Int, _ place: inout Int) throws(ParquetFault) -> UInt32 {
    let length = (width + 7) / 8
    guard length <= bytes.count - place else { throw .cutShort("a page") }
    let value = UInt32(truncatingIfNeeded: bytes.bits(place * 8, width: length * 8))
    guard width == 32 || value < 1 << UInt32(width) else {
      throw .damaged("a page: \(value) does not fit into \(width) bits")
    }
    place += length
    return value
  }
}
