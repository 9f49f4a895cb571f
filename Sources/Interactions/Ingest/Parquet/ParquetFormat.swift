import Parquet
import SystemFiles

/// Apache Parquet: a file, or a folder of parts, whose folders may give columns. Only the columns that are wanted are read, each from the first row
/// group to the last.
package struct ParquetFormat: TableFormat {
  /// The columns of the interactions that are read beside those with a role; all if empty.
  package var columns: [String] = []
  /// The columns of the catalog that are read beside those with a role; all if empty.
  package var catalogColumns: [String] = []
  /// The number of row groups that are decoded at a time.
  package var threads = 1

  package init() {}

  package func read(parts: [String], _ request: TableRequest) throws -> RawTable {
    let (wanted, option) =
      switch request.part {
      case .interactions: (columns, "read-columns")
      case .catalog: (catalogColumns, "read-catalog-columns")
      // All of them: tables of users are small.
      case .users: ([], "")
      }
    var files: [ParquetPart] = []
    for path in parts {
      files.append(try ParquetPart(path, request, wanted: wanted, option: option, first: files.first))
    }
    if let free = availableMemory() { try Self.requireRoom(for: files, free: free) }
    return try ParquetTableReader(parts: files, request, threads: max(threads, 1)).read()
  }

  /// Refuses what would not fit into memory before anything is read.
  ///
  /// - Parameter free: bytes that may be taken.
  static func requireRoom(for parts: [ParquetPart], free: Int) throws(DataError) {
    var (rows, bytes) = (0, 0)
    for part in parts {
      let (sum, isFar) = rows.addingReportingOverflow(part.file.rows)
      let (more, isFarther) = bytes.addingReportingOverflow(part.bytes)
      (rows, bytes) = (isFar ? .max : sum, isFarther ? .max : more)
      guard bytes <= free else {
        throw .badSource(part.name, .noRoom(rows: rows, bytes: bytes, free: free))
      }
    }
  }
}
