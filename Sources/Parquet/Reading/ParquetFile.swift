import SystemFiles

/// A file in the format Apache Parquet (github.com/apache/parquet-format), opened for reading by columns.
///
/// The file is read, not mapped, since its owner may change it at any time.
package final class ParquetFile: Sendable {
  package let path: String
  package let size: Int
  package let rows: Int
  /// The fields at the top of the schema, in the file's order.
  package let fields: [ParquetField]
  private let file: FileDescriptor
  private let metadata: FileMetadata
  /// The place of the footer, before which all pages are.
  private let footer: Int

  private static let magic = Array("PAR1".utf8)
  private static let encryptedMagic = Array("PARE".utf8)
  private static let largestFooter = 1 << 28

  /// Reads the footer.
  ///
  /// - Throws: `ParquetError` for what is in the file; `FileError` if it cannot be opened.
  package init(path: String) throws {
    self.path = path
    (file, size) = try naming(path) { try FileDescriptor.openRegular(path) }
    do throws(ParquetFault) {
      (metadata, footer) = try Self.metadata(of: file, size: size)
      let (fields, leaves) = try SchemaTree.fields(metadata.schema)
      for group in metadata.rowGroups where group.chunks.count != leaves {
        throw .damaged("the footer: a row group has \(group.chunks.count) columns, and the schema \(leaves)")
      }
      self.fields = fields
      rows = metadata.rows
    } catch { throw ParquetError.file(error) }
  }

  /// The number of rows of each row group.
  package var rowGroups: [Int] { metadata.rowGroups.map(\.rows) }

  /// The number of a column's values in all row groups: more than rows if it has lists.
  package func values(of column: ParquetColumn) -> Int {
    metadata.rowGroups.reduce(0) { sum, group in
      let (next, isFar) = sum.addingReportingOverflow(max(group.chunks[column.number].values, 0))
      return isFar ? .max : next
    }
  }

  /// The pages of a column of this file in a row group, counted from 0.
  package func chunk(_ column: ParquetColumn, rowGroup: Int) throws(ParquetError) -> ColumnChunkReader {
    let group = metadata.rowGroups[rowGroup]
    let chunk = group.chunks[column.number]
    do throws(ParquetFault) {
      try chunk.check(column.leaf, rows: group.rows, end: footer)
      return try ColumnChunkReader(column, chunk, of: file, rowGroup: rowGroup + 1, rows: group.rows)
    } catch { throw .chunk(error, rowGroup: rowGroup + 1, column: column.name) }
  }

  private static func metadata(
    of file: FileDescriptor, size: Int
  ) throws(ParquetFault) -> (metadata: FileMetadata, footer: Int) {
    guard size >= 12 else { throw .notParquet }
    let start = try read(file, 0..<4)
    let tail = try read(file, size - 8..<size)
    if start == encryptedMagic || Array(tail[4...]) == encryptedMagic { throw .encrypted }
    guard start == magic, Array(tail[4...]) == magic else { throw .notParquet }
    let length = Int(tail.span.load(0, as: UInt32.self))
    guard length <= size - 12 else { throw .cutShort("the footer") }
    guard length <= largestFooter else {
      throw .tooLarge("the size of the footer", value: length, limit: largestFooter)
    }
    let place = size - 8 - length
    return (try FileMetadata(read(file, place..<place + length)), place)
  }

  private static func read(_ file: FileDescriptor, _ range: Range<Int>) throws(ParquetFault) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: range.count)
    do throws(SystemError) {
      try unsafe bytes.withUnsafeMutableBufferPointer { bytes throws(SystemError) in
        try unsafe file.read(into: UnsafeMutableRawBufferPointer(bytes), at: range.lowerBound)
      }
    } catch { throw .system(error) }
    return bytes
  }
}
