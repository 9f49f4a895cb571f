/// Decodes the values of a page by its encoding into what the column's type says.
enum ValueDecoder {
  /// - Parameters:
  ///   - range: the part of the page's bytes behind the levels.
  ///   - count: of values, those that are missing not counted.
  static func decode(
    _ page: [UInt8], _ range: Range<Int>, encoding: Int, _ leaf: SchemaLeaf, count: Int,
    into values: inout ColumnValues
  ) throws(ParquetFault) {
    values.removeAll()
    switch (encoding, leaf.physical) {
    case (0, _): try PlainValues.decode(page, range, leaf, count: count, into: &values)
    case (3, .boolean): try decodeBooleans(page, range, count: count, into: &values)
    case (5, .int32), (5, .int64):
      _ = try Deltas.decode(page.span.extracting(range), count: count, into: &values.integers)
      if leaf.physical == .int32 { narrow(&values.integers, isUnsigned: leaf.isUnsigned32) }
    case (6, .byteArray): try DeltaTexts.decodeLengths(page, range, count: count, into: &values.texts)
    case (7, .byteArray), (7, .fixedLengthByteArray):
      try DeltaTexts.decodeShared(page, range, count: count, into: &values.texts)
    case (9, _): try PlainValues.decodeSplit(page, range, leaf, count: count, into: &values)
    default: throw .unreadEncoding(name(encoding), of: leaf.physical.name)
    }
    try interpret(&values, leaf)
  }

  private static func name(_ encoding: Int) -> String {
    let names = [
      0: "PLAIN", 2: "PLAIN_DICTIONARY", 3: "RLE", 4: "BIT_PACKED", 5: "DELTA_BINARY_PACKED",
      6: "DELTA_LENGTH_BYTE_ARRAY", 7: "DELTA_BYTE_ARRAY", 8: "RLE_DICTIONARY", 9: "BYTE_STREAM_SPLIT",
    ]
    return names[encoding] ?? "\(encoding)"
  }

  private static func decodeBooleans(
    _ page: [UInt8], _ range: Range<Int>, count: Int, into values: inout ColumnValues
  ) throws(ParquetFault) {
    let bytes = page.span.extracting(range)
    guard bytes.count >= 4 else { throw .cutShort("a page") }
    let length = Int(bytes.load(0, as: UInt32.self))
    guard length <= bytes.count - 4 else { throw .cutShort("a page") }
    var flags: [UInt8] = []
    try RunLengths.decode(bytes.extracting(4..<4 + length), width: 1, count: count, into: &flags)
    values.integers = flags.map { Int64($0) }
  }

  /// Sums of 32 bits wrap around where those of 64 bits do not.
  private static func narrow(_ values: inout [Int64], isUnsigned: Bool) {
    for place in values.indices {
      values[place] =
        isUnsigned
        ? Int64(UInt32(truncatingIfNeeded: values[place])) : Int64(Int32(truncatingIfNeeded: values[place]))
    }
  }

  /// Makes decimals that are stored as bytes into integers, and identifiers of 16 bytes into text.
  private static func interpret(_ values: inout ColumnValues, _ leaf: SchemaLeaf) throws(ParquetFault) {
    guard leaf.physical == .byteArray || leaf.physical == .fixedLengthByteArray else { return }
    if case .decimal = leaf.type {
      var numbers: [Int64] = []
      numbers.reserveCapacity(values.texts.count)
      for place in 0..<values.texts.count { numbers.append(try integer(values.texts[place])) }
      values.removeAll()
      values.integers = numbers
    } else if leaf.isUUID {
      var texts = ByteStrings()
      for place in 0..<values.texts.count {
        let start = texts.buffer.count
        appendUUID(values.texts[place], to: &texts.buffer)
        texts.ranges.append(start..<texts.buffer.count)
      }
      values.texts = texts
    }
  }

  /// A signed number, its highest byte first.
  private static func integer(_ bytes: ArraySlice<UInt8>) throws(ParquetFault) -> Int64 {
    let isNegative = bytes.first.map { $0 >= 0x80 } ?? false
    let sign: UInt8 = isNegative ? 0xff : 0
    let rest = bytes.drop { $0 == sign }
    let value = rest.reduce(isNegative ? -1 as Int64 : 0) { $0 << 8 | Int64($1) }
    guard rest.count <= 8, (value < 0) == isNegative else {
      throw .tooLarge("the number of bytes of a decimal", value: rest.count, limit: 8)
    }
    return value
  }

  /// Appends the usual spelling, 8-4-4-4-12 digits.
  private static func appendUUID(_ bytes: ArraySlice<UInt8>, to text: inout [UInt8]) {
    let digits = Array("0123456789abcdef".utf8)
    for (place, byte) in bytes.enumerated() {
      if [4, 6, 8, 10].contains(place) { text.append(UInt8(ascii: "-")) }
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
  }
}
