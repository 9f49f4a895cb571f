/// The place of a column's values of one row group, and how they are stored.
struct ChunkMetadata: Sendable {
  var physical = -1
  var codec = -1
  var values = -1
  var compressedSize = -1
  var dataOffset = -1
  var dictionaryOffset = 0

  /// The place of the first page.
  var start: Int { dictionaryOffset > 0 ? min(dictionaryOffset, dataOffset) : dataOffset }

  /// - Throws: `ParquetFault` for a chunk that is encrypted, or in another file.
  init(_ reader: inout CompactReader) throws(ParquetFault) {
    var (isThere, isEncrypted) = (false, false)
    var path: String?
    try reader.forEachField { field, reader throws(ParquetFault) in
      switch field.number {
      case 1: path = try reader.text(field)
      case 3:
        isThere = true
        try readMetadata(&reader)
      case 8, 9:
        isEncrypted = true
        try reader.skip(field)
      default: try reader.skip(field)
      }
    }
    if isEncrypted { throw .encrypted }
    if let path, !path.isEmpty { throw .elsewhere(path) }
    guard isThere else { throw .damaged("the footer: a column of a row group is not described") }
  }

  private mutating func readMetadata(_ reader: inout CompactReader) throws(ParquetFault) {
    try reader.forEachField { field, reader throws(ParquetFault) in
      switch field.number {
      case 1: physical = try reader.integer(field)
      case 4: codec = try reader.integer(field)
      case 5: values = try reader.integer(field)
      case 7: compressedSize = try reader.integer(field)
      case 9: dataOffset = try reader.integer(field)
      case 11: dictionaryOffset = try reader.integer(field)
      default: try reader.skip(field)
      }
    }
  }

  /// Checks what needs no look at the pages.
  ///
  /// - Parameters:
  ///   - rows: of the row group.
  ///   - end: the end of the pages in the file.
  func check(_ leaf: SchemaLeaf, rows: Int, end: Int) throws(ParquetFault) {
    guard physical == leaf.physical.rawValue else {
      throw .damaged("its values are of type \(physical), and the schema says \(leaf.physical.rawValue)")
    }
    guard leaf.maximumRepetition > 0 ? values >= rows : values == rows else {
      throw .damaged("it has \(values) values for \(rows) rows")
    }
    guard start >= 4, start <= end, 0...(end - start) ~= compressedSize else {
      throw .damaged("its \(compressedSize) bytes from \(start) on are not in the file")
    }
  }
}
