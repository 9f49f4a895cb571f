package import SystemFiles

/// The reason why a Parquet file cannot be read, and where in the file it lies.
package enum ParquetError: Error, Equatable {
  case file(ParquetFault)
  /// A column in one row group.
  ///
  /// - Parameter rowGroup: counted from 1.
  case chunk(ParquetFault, rowGroup: Int, column: String)
}

extension ParquetError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .file(let fault): "\(fault)"
    case .chunk(let fault, let rowGroup, let column): "row group \(rowGroup), column \"\(column)\": \(fault)"
    }
  }
}

/// A fault of a Parquet file or of a part of it.
package enum ParquetFault: Error, Sendable, Equatable {
  case notParquet
  case encrypted
  /// Bytes end before the part does that is named.
  case cutShort(String)
  /// A part that says what cannot be.
  case damaged(String)
  case wrongChecksum
  /// A size above what is read at once.
  case tooLarge(String, value: Int, limit: Int)
  case unreadCodec(String)
  case unreadEncoding(String, of: String)
  case elsewhere(String)
  case system(SystemError)
}

extension ParquetFault: CustomStringConvertible {
  private static let remedy = "copy the file again, or have it written again"

  package var description: String {
    switch self {
    case .notParquet: "it does not begin and end as Parquet does; if it is Parquet, it is cut short: \(Self.remedy)"
    case .encrypted: "it is encrypted, which is not read; write it without encryption"
    case .cutShort(let part): "\(part) is cut short; \(Self.remedy)"
    case .damaged(let what): "\(what); the file is damaged: \(Self.remedy)"
    case .wrongChecksum: "the bytes of a page do not have their checksum; the file is damaged: \(Self.remedy)"
    case .tooLarge(let what, let value, let limit):
      "\(what) is \(value), and at most \(limit) is read; write the file with smaller pages"
    case .unreadCodec(let name):
      "it is compressed with \(name); write it with snappy, zstd, gzip, lz4_raw or none"
    case .unreadEncoding(let name, let type):
      "values of type \(type) are encoded as \(name), which is not read; write them plain or with a dictionary"
    case .elsewhere(let path): "its values are in another file, \"\(path)\"; write the file as one"
    case .system(let error): "\(error)"
    }
  }
}
