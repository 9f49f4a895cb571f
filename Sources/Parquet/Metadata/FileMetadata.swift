/// The footer of a file: its schema and its row groups.
struct FileMetadata: Sendable {
  struct RowGroup: Sendable {
    var rows = -1
    var chunks: [ChunkMetadata] = []
  }

  var rows = -1
  var schema: [SchemaElement] = []
  var rowGroups: [RowGroup] = []

  init(_ footer: [UInt8]) throws(ParquetFault) {
    var reader = CompactReader(footer, 0..<footer.count, part: "the footer")
    var isEncrypted = false
    try reader.forEachField { field, reader throws(ParquetFault) in
      switch field.number {
      case 2: schema += try reader.list(field, SchemaElement.init)
      case 3: rows = try reader.integer(field)
      case 4: rowGroups += try reader.list(field, RowGroup.init)
      case 8:
        isEncrypted = true
        try reader.skip(field)
      default: try reader.skip(field)
      }
    }
    if isEncrypted { throw .encrypted }
    var sum = 0
    for group in rowGroups {
      // No sum of rows overflows within the bound.
      guard 0...Self.mostRows ~= group.rows else { throw .damaged("the footer: a row group has \(group.rows) rows") }
      sum = min(sum + group.rows, Self.mostRows + 1)
    }
    guard sum == rows else { throw .damaged("the footer: \(rows) rows, and \(sum) in the row groups") }
  }

  /// The most rows of a file that is read: more than any machine holds.
  private static let mostRows = 1 << 48
}

extension FileMetadata.RowGroup {
  init(_ reader: inout CompactReader) throws(ParquetFault) {
    try reader.forEachField { field, reader throws(ParquetFault) in
      switch field.number {
      case 1: chunks += try reader.list(field, ChunkMetadata.init)
      case 3: rows = try reader.integer(field)
      default: try reader.skip(field)
      }
    }
  }
}
