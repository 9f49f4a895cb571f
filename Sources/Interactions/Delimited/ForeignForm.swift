import Artifacts
import CanonicalJSON

/// Data that is no delimited text, by its first bytes.
enum ForeignForm {
  private static let magics: [(bytes: [UInt8], name: String)] = [
    (Array("PAR1".utf8), "Parquet"), (Array("SQLite format 3".utf8), "an SQLite database"),
    ([0x50, 0x4b, 0x03, 0x04], "a zip archive, as xlsx is one"), ([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], "packed by xz"),
    (Array("BZh".utf8), "packed by bzip2"), ([0x04, 0x22, 0x4d, 0x18], "packed by lz4"),
    ([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], "a 7z archive"), (Array("ARROW1".utf8), "Arrow"),
    (Array("Obj\u{1}".utf8), "Avro"), ([0x89, 0x48, 0x44, 0x46], "HDF5"), (Array("ORC".utf8), "ORC"),
    (Array("%PDF".utf8), "PDF"), ([0xd0, 0xcf, 0x11, 0xe0], "an old Excel file"),
  ]

  /// What is wrong with a file that begins so, for people; nil if it may be delimited text.
  ///
  /// - Parameter start: the beginning of the unpacked file, a megabyte at most.
  static func reason(_ start: UnsafeRawBufferPointer) -> String? {
    let export = "export it as CSV in UTF-8"
    if let (_, name) = magics.first(where: { start.starts(with: $0.bytes) }) { return "it is \(name); \(export)" }
    if start.starts(with: [0xff, 0xfe]) || start.starts(with: [0xfe, 0xff]) {
      return "it is UTF-16, as Excel's \"Unicode text\" is; \(export)"
    }
    let head = start.prefix(4096)
    if head.count > 64, head.count(where: { $0 == 0 }) * 4 > head.count { return "it is UTF-16 or binary; \(export)" }
    if head.contains(0) { return "it has bytes of 0, and is not text; \(export)" }
    let text = head.drop { $0 <= 0x20 || [0xef, 0xbb, 0xbf].contains($0) }
    if text.starts(with: "sep=".utf8) {
      let separator = text.dropFirst(4).first.map { String(UnicodeScalar($0)) } ?? ""
      return
        "its first line is \"sep=\(separator)\", which Excel writes; take the line out, and give separator \"\(separator)\""
    }
    if text.starts(with: "<!DOCTYPE".utf8) || text.starts(with: "<html".utf8) || text.starts(with: "<?xml".utf8) {
      return "it is HTML or XML, perhaps the page of an error; fetch the data itself"
    }
    if text.starts(with: "{".utf8) || text.starts(with: "[{".utf8) { return "it is JSON; \(export)" }
    if !start.contains(UInt8(ascii: "\n")), start.contains(UInt8(ascii: "\r")) {
      return "its lines end with a carriage return alone; let them end with a line feed"
    }
    return nil
  }
}
