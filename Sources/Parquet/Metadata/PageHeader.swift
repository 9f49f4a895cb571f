/// The header in front of each page.
struct PageHeader {
  enum Kind: Equatable { case data, dataV2, dictionary, other }

  var kind = Kind.other
  var uncompressedSize = -1
  var compressedSize = -1
  /// CRC-32 of the page's bytes as they are stored.
  var checksum: UInt32?
  var values = -1
  var encoding = -1
  var definitionEncoding = 3
  var repetitionEncoding = 3
  var definitionBytes = 0
  var repetitionBytes = 0
  var isCompressed = true

  /// The largest page that is read at once.
  static let largestPage = 1 << 29
  /// The most values of a page, which take memory whatever the page's size.
  static let mostValues = 1 << 26

  init(_ reader: inout CompactReader) throws(ParquetFault) {
    var number = -1
    try reader.forEachField { field, reader throws(ParquetFault) in
      switch field.number {
      case 1: number = try reader.integer(field)
      case 2: uncompressedSize = try reader.integer(field)
      case 3: compressedSize = try reader.integer(field)
      case 4: checksum = UInt32(truncatingIfNeeded: try reader.integer(field))
      case 5: try readData(&reader)
      case 7: try readDictionary(&reader)
      case 8: try readDataV2(&reader)
      default: try reader.skip(field)
      }
    }
    kind =
      switch number {
      case 0: .data
      case 2: .dictionary
      case 3: .dataV2
      default: .other
      }
    try check()
  }

  private func check() throws(ParquetFault) {
    for size in [uncompressedSize, compressedSize] {
      guard size >= 0 else { throw .damaged("a page has \(size) bytes") }
      guard size <= Self.largestPage else {
        throw .tooLarge("the size of a page", value: size, limit: Self.largestPage)
      }
    }
    guard kind != .other else { return }
    guard values >= 0 else { throw .damaged("a page has \(values) values") }
    guard values <= Self.mostValues else {
      throw .tooLarge("the number of values of a page", value: values, limit: Self.mostValues)
    }
    let levels = 0...min(compressedSize, uncompressedSize)
    guard levels ~= repetitionBytes, levels ~= definitionBytes, levels ~= repetitionBytes + definitionBytes else {
      throw .damaged("the levels of a page have \(repetitionBytes) and \(definitionBytes) bytes")
    }
  }

  private mutating func readData(_ reader: inout CompactReader) throws(ParquetFault) {
    try reader.forEachField { field, reader throws(ParquetFault) in
      switch field.number {
      case 1: values = try reader.integer(field)
      case 2: encoding = try reader.integer(field)
      case 3: definitionEncoding = try reader.integer(field)
      case 4: repetitionEncoding = try reader.integer(field)
      default: try reader.skip(field)
      }
    }
  }

  private mutating func readDictionary(_ reader: inout CompactReader) throws(ParquetFault) {
    try reader.forEachField { field, reader throws(ParquetFault) in
      switch field.number {
      case 1: values = try reader.integer(field)
      case 2: encoding = try reader.integer(field)
      default: try reader.skip(field)
      }
    }
  }

  private mutating func readDataV2(_ reader: inout CompactReader) throws(ParquetFault) {
    try reader.forEachField { field, reader throws(ParquetFault) in
      switch field.number {
      case 1: values = try reader.integer(field)
      case 4: encoding = try reader.integer(field)
      case 5: definitionBytes = try reader.integer(field)
      case 6: repetitionBytes = try reader.integer(field)
      case 7: isCompressed = try reader.boolean(field)
      default: try reader.skip(field)
      }
    }
  }
}
