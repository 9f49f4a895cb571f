/// The encoding DELTA_BINARY_PACKED: the first number, then blocks of differences less their least one, packed in bits.
enum Deltas {
  private static let largestBlock = 1 << 20

  /// Decodes `count` numbers in place of those in `values`.
  ///
  /// - Returns: the place behind them in the bytes.
  static func decode(_ bytes: Span<UInt8>, count: Int, into values: inout [Int64]) throws(ParquetFault) -> Int {
    var place = 0
    let block = try bytes.varint(&place)
    let parts = try bytes.varint(&place)
    let total = try bytes.varint(&place)
    var last = try bytes.zigzag(&place)
    guard 1...UInt64(largestBlock) ~= block, 1...block ~= parts, block % parts == 0, block / parts % 8 == 0 else {
      throw .damaged("a page: differences in blocks of \(block) in \(parts) parts")
    }
    guard total == UInt64(count) else { throw .damaged("a page: \(total) differences for \(count) values") }
    values.setCount(count, filler: 0)
    guard count > 0 else { return place }
    var target = values.mutableSpan
    target[0] = last
    var done = 1
    let perPart = Int(block / parts)
    while done < count {
      let least = try bytes.zigzag(&place)
      let widths = place
      guard Int(parts) <= bytes.count - place else { throw .cutShort("a page") }
      place += Int(parts)
      for part in 0..<Int(parts) where done < count {
        let width = Int(bytes.byte(widths + part))
        guard width <= 64 else { throw .damaged("a page: differences of \(width) bits") }
        let wanted = min(perPart, count - done)
        guard (wanted * width + 7) / 8 <= bytes.count - place else { throw .cutShort("a page") }
        var bit = place * 8
        for next in done..<done + wanted {
          // Sums wrap around, as those of the writer did.
          last = last &+ least &+ Int64(bitPattern: width == 0 ? 0 : bytes.bits(bit, width: width))
          target[next] = last
          bit += width
        }
        done += wanted
        place = min(place + perPart * width / 8, bytes.count)
      }
    }
    return place
  }
}
