/// Data that is not delimited text, recognised by its first bytes.
package enum ForeignForm: Sendable, Equatable {
  case known(String)
  /// A form that another format of `ingest` reads.
  case readable(String, format: String)
  case utf16OrBinary
  case zeroBytes
  case markup
  case json
  case jsonArray

  private static let magics: [(bytes: [UInt8], name: String)] = [
    ([0x50, 0x4b, 0x03, 0x04], "a zip archive, as xlsx is one"), ([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], "packed by xz"),
    (Array("BZh".utf8), "packed by bzip2"), ([0x04, 0x22, 0x4d, 0x18], "packed by lz4"),
    ([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], "a 7z archive"), (Array("ARROW1".utf8), "Arrow"),
    (Array("Obj\u{1}".utf8), "Avro"), ([0x89, 0x48, 0x44, 0x46], "HDF5"), (Array("ORC".utf8), "ORC"),
    (Array("%PDF".utf8), "PDF"), ([0xd0, 0xcf, 0x11, 0xe0], "an old Excel file"),
  ]

  private static let readable: [(bytes: [UInt8], name: String, format: String)] = [
    (Array("PAR1".utf8), "Parquet", "parquet"), (Array("SQLite format 3".utf8), "an SQLite database", "sqlite"),
  ]

  /// The form of a file, or `nil` if it may be delimited text.
  ///
  /// - Parameter start: the beginning of the unpacked file, a megabyte at most.
  init?(_ start: [UInt8]) {
    let head = start.prefix(4096)
    let text = head.drop { $0 <= 0x20 || [0xef, 0xbb, 0xbf].contains($0) }
    if let (_, name) = Self.magics.first(where: { start.starts(with: $0.bytes) }) {
      self = .known(name)
    } else if let other = Self.readable.first(where: { start.starts(with: $0.bytes) }) {
      self = .readable(other.name, format: other.format)
    } else if head.count > 64, head.count(where: { $0 == 0 }) * 4 > head.count {
      self = .utf16OrBinary
    } else if head.contains(0) {
      self = .zeroBytes
    } else if text.starts(with: "<!DOCTYPE".utf8) || text.starts(with: "<html".utf8) || text.starts(with: "<?xml".utf8)
    {
      self = .markup
    } else if text.starts(with: "{\"".utf8) || text.starts(with: "{}".utf8) || text.starts(with: "{ \"".utf8) {
      self = .json
    } else if text.first == UInt8(ascii: "["), text.dropFirst().first(where: { $0 > 0x20 }) == UInt8(ascii: "{") {
      self = .jsonArray
    } else {
      return nil
    }
  }
}

extension ForeignForm {
  /// - Parameter remedy: how to come by data of the format that is read, such as "export it as CSV in UTF-8".
  func description(remedy: String) -> String {
    switch self {
    case .known(let name): "it is \(name); \(remedy)"
    case .readable(let name, let format): "it is \(name), which format \(format) reads"
    case .utf16OrBinary: "it is UTF-16 without a byte order mark, or binary; give encoding utf-16, or \(remedy)"
    case .zeroBytes: "it has bytes of 0, and is not text; \(remedy)"
    case .markup: "it is HTML or XML, perhaps the page of an error; fetch the data itself"
    case .json: "it is JSON; give format json-lines if it has an object a line, or \(remedy)"
    case .jsonArray: "it is one array of JSON; write an object a line (jq -c '.[]') and give format json-lines"
    }
  }
}
