import SystemFiles

/// Reads a column of one row group page by page.
package struct ColumnChunkReader {
  package let column: ParquetColumn
  /// The values that pages refer to; none before the first page, or if the chunk has no dictionary.
  package private(set) var dictionary = ColumnValues()
  private var dictionaryCount: Int?
  /// The page that `next` decoded.
  package private(set) var page = ColumnPage()

  private let rowGroup: Int
  private let codec: PageCodec
  private var input: ChunkInput
  private var scratch: [UInt8] = []
  /// Entries and rows that are still to come.
  private var entriesLeft: Int
  private var rowsLeft: Int
  private var isFirstPage = true

  private var leaf: SchemaLeaf { column.leaf }

  /// - Parameters:
  ///   - rowGroup: counted from 1, for errors.
  ///   - rows: of the row group.
  init(
    _ column: ParquetColumn, _ chunk: ChunkMetadata, of file: FileDescriptor, rowGroup: Int, rows: Int
  ) throws(ParquetFault) {
    self.column = column
    self.rowGroup = rowGroup
    codec = try PageCodec(number: chunk.codec)
    input = ChunkInput(file, chunk.start..<chunk.start + chunk.compressedSize)
    entriesLeft = chunk.values
    rowsLeft = rows
  }

  /// Decodes the next page into `page`.
  ///
  /// - Returns: false when there is none.
  package mutating func next() throws(ParquetError) -> Bool {
    do throws(ParquetFault) { return try decodeNext() } catch {
      throw .chunk(error, rowGroup: rowGroup, column: column.name)
    }
  }

  private mutating func decodeNext() throws(ParquetFault) -> Bool {
    while entriesLeft > 0 {
      guard input.left > 0 else { throw .cutShort("the last page") }
      // The page before may lie in the buffer that the next one is read into.
      page.values.removeAll()
      let header = try input.pageHeader()
      let stored = try input.take(header.compressedSize)
      if let checksum = header.checksum, checksum != PageCodec.checksum(input.buffer, stored) { throw .wrongChecksum }
      switch header.kind {
      case .other: continue
      case .dictionary: try decodeDictionary(header, stored)
      case .data, .dataV2:
        isFirstPage = false
        try decodeData(header, stored)
        return true
      }
    }
    guard rowsLeft == 0 else { throw .damaged("it has \(rowsLeft) rows fewer than its row group") }
    return false
  }

  private mutating func decodeDictionary(_ header: PageHeader, _ stored: Range<Int>) throws(ParquetFault) {
    guard isFirstPage, dictionaryCount == nil else { throw .damaged("it has a dictionary behind other pages") }
    guard header.encoding == 0 || header.encoding == 2, leaf.physical != .boolean else {
      throw .damaged("its dictionary has encoding \(header.encoding)")
    }
    let (bytes, range) = try unpack(stored, size: header.uncompressedSize, isCompressed: true)
    try ValueDecoder.decode(bytes, range, encoding: 0, leaf, count: header.values, into: &dictionary)
    dictionaryCount = header.values
  }

  /// The unpacked bytes of a part of the input's buffer.
  private mutating func unpack(
    _ stored: Range<Int>, size: Int, isCompressed: Bool
  ) throws(ParquetFault) -> (bytes: [UInt8], range: Range<Int>) {
    if codec == .none || !isCompressed {
      guard stored.count == size else { throw .damaged("a page of \(stored.count) bytes claims to hold \(size)") }
      return (input.buffer, stored)
    }
    try codec.unpack(input.buffer, stored, size: size, into: &scratch)
    return (scratch, 0..<size)
  }

  private mutating func decodeData(_ header: PageHeader, _ stored: Range<Int>) throws(ParquetFault) {
    guard header.values <= entriesLeft else {
      throw .damaged("a page has \(header.values) values, and \(entriesLeft) are left")
    }
    entriesLeft -= header.values
    page.count = header.values
    let bytes: [UInt8]
    var range: Range<Int>
    if header.kind == .dataV2 {
      // Levels are stored before the values, and never compressed.
      let repetition = stored.lowerBound..<stored.lowerBound + header.repetitionBytes
      let definition = repetition.upperBound..<repetition.upperBound + header.definitionBytes
      try readLevels(input.buffer, repetition: repetition, definition: definition)
      (bytes, range) = try unpack(
        definition.upperBound..<stored.upperBound,
        size: header.uncompressedSize - header.repetitionBytes - header.definitionBytes,
        isCompressed: header.isCompressed)
    } else {
      (bytes, range) = try unpack(stored, size: header.uncompressedSize, isCompressed: true)
      for (maximum, encoding) in [
        (leaf.maximumRepetition, header.repetitionEncoding), (leaf.maximumDefinition, header.definitionEncoding),
      ] where maximum > 0 && encoding != 3 {
        throw .unreadEncoding("BIT_PACKED", of: "level")
      }
      let repetition = leaf.maximumRepetition > 0 ? try Self.popLevels(bytes, &range) : 0..<0
      let definition = leaf.maximumDefinition > 0 ? try Self.popLevels(bytes, &range) : 0..<0
      try readLevels(bytes, repetition: repetition, definition: definition)
    }
    let count = page.present.isEmpty ? page.count : page.present.reduce(0) { $0 + Int($1) }
    try decodeValues(bytes, range, encoding: header.encoding, count: count)
  }

  /// Takes levels, which begin with their length, from the front of a page's bytes.
  private static func popLevels(_ bytes: [UInt8], _ range: inout Range<Int>) throws(ParquetFault) -> Range<Int> {
    guard range.count >= 4 else { throw .cutShort("a page") }
    let length = Int(bytes.span.load(range.lowerBound, as: UInt32.self))
    guard length <= range.count - 4 else { throw .cutShort("a page") }
    let levels = range.lowerBound + 4..<range.lowerBound + 4 + length
    range = levels.upperBound..<range.upperBound
    return levels
  }

  private mutating func readLevels(
    _ bytes: [UInt8], repetition: Range<Int>, definition: Range<Int>
  ) throws(ParquetFault) {
    let count = page.count
    page.beginsRow.removeAll(keepingCapacity: true)
    page.present.removeAll(keepingCapacity: true)
    if leaf.maximumRepetition > 0 {
      try RunLengths.decode(bytes.span.extracting(repetition), width: 1, count: count, into: &page.beginsRow)
      for place in page.beginsRow.indices { page.beginsRow[place] ^= 1 }
      if page.beginsRow.first == 0, isAtStart { throw .damaged("its first list has no beginning") }
    }
    let rows = leaf.maximumRepetition > 0 ? page.beginsRow.reduce(0) { $0 + Int($1) } : count
    guard rows <= rowsLeft else { throw .damaged("it has more rows than its row group") }
    rowsLeft -= rows
    isAtStart = isAtStart && count == 0
    guard leaf.maximumDefinition > 0 else { return }
    let maximum = UInt8(leaf.maximumDefinition)
    let width = UInt8.bitWidth - maximum.leadingZeroBitCount
    let levels = bytes.span.extracting(definition)
    // Most pages have no value missing.
    if try RunLengths.constant(levels, width: width, count: count) == UInt32(maximum) { return }
    try RunLengths.decode(levels, width: width, count: count, into: &page.present)
    for place in page.present.indices {
      guard page.present[place] <= maximum else { throw .damaged("a page: a level is \(page.present[place])") }
      page.present[place] = page.present[place] == maximum ? 1 : 0
    }
  }

  /// `true` before the first entry.
  private var isAtStart = true

  private mutating func decodeValues(
    _ bytes: [UInt8], _ range: Range<Int>, encoding: Int, count: Int
  ) throws(ParquetFault) {
    page.isIndexed = encoding == 2 || encoding == 8
    guard page.isIndexed else {
      try ValueDecoder.decode(bytes, range, encoding: encoding, leaf, count: count, into: &page.values)
      return
    }
    guard let dictionaryCount else { throw .damaged("a page refers to a dictionary, and there is none") }
    guard count > 0 else {
      page.indices.removeAll(keepingCapacity: true)
      return
    }
    guard let width = range.first.map({ Int(bytes[$0]) }) else { throw .cutShort("a page") }
    try RunLengths.decode(
      bytes.span.extracting(range.lowerBound + 1..<range.upperBound), width: width, count: count,
      into: &page.indices)
    let greatest = page.indices.reduce(0) { max($0, $1) }
    guard Int(greatest) < dictionaryCount else {
      throw .damaged("a page refers to value \(greatest) of a dictionary of \(dictionaryCount)")
    }
  }
}
