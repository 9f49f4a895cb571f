import CanonicalJSON
import SystemFiles
import TestKit

@testable import Artifacts

/// An artifact taken apart, to be put together again with a fault in it: checksums and digests are made to fit, so that
/// what refuses it is the bound that the fault breaks and not a checksum.
struct Forgery {
  var type = ArtifactType.test
  /// Everything between the preamble and the header.
  var body: [UInt8]
  var header: JSON
  var fitsDigest = true

  init(_ path: String) throws {
    let bytes = try Files.read(path)
    let preamble = try bytes.withUnsafeBytes { try Preamble($0) }
    body = Array(bytes[Preamble.size..<Int(preamble.headerOffset)])
    header = try JSON.parse(bytes[Int(preamble.headerOffset)...])
  }

  mutating func editSection(_ number: Int = 0, _ edit: (inout JSON) -> Void) {
    var sections = header["sections"]?.array ?? []
    edit(&sections[number])
    header.set("sections", .array(sections))
  }

  /// - Parameter text: stands in the place of the header, as it is.
  func bytes(headerText text: String? = nil) -> [UInt8] {
    var header = header
    if fitsDigest {
      let fields = ["name", "type", "shape", "sha256"]
      let sections = (header["sections"]?.array ?? []).map { section in
        JSON.object((section.object ?? [:]).filter { fields.contains($0.key) })
      }
      let identity: JSON = [
        "type": header["type"] ?? .null, "version": header["version"] ?? .null, "schema": header["schema"] ?? .null,
        "sections": .array(sections),
      ]
      header.set("digest", JSON(Digest.of(identity.text).hexadecimal))
    }
    let text = Array((text ?? header.text).utf8)
    let offset = UInt64(Preamble.size + body.count)
    let preamble = Preamble(
      typeVersion: UInt32(type.version), type: type.name, headerOffset: offset, headerLength: UInt64(text.count),
      fileLength: offset + UInt64(text.count), headerDigest: Digest.of(text))
    return preamble.bytes + body + text
  }
}

extension JSON {
  mutating func set(_ key: String, _ value: JSON?) {
    var fields = object ?? [:]
    fields[key] = value
    self = .object(fields)
  }
}
