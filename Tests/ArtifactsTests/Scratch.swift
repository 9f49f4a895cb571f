import Foundation

@testable import Artifacts

/// A folder that is gone when the test is.
final class Scratch {
  let path = FileManager.default.temporaryDirectory.appendingPathComponent("artifacts-\(UUID().uuidString)").path

  init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }

  func file(_ name: String) -> String { "\(path)/\(name)" }

  @discardableResult
  func write(_ bytes: [UInt8], to name: String) throws -> String {
    try? FileManager.default.removeItem(atPath: file(name))
    try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
    return file(name)
  }

  func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: file(name)))) }

  static let type = ArtifactType("test", version: 2)

  /// A small artifact with one section of each codec.
  @discardableResult
  func artifact(
    _ name: String, floats: [Float] = [1, 2.5, -3], codes: [UInt32] = [7, 8, 9, 10], codec: Codec = .zstd,
    lineage: Lineage = Lineage(stage: "maker", stageVersion: 3), summary: Summary = Summary([.fact("a", "b")])
  ) throws -> Digest {
    let writer = try ArtifactWriter(path: file(name), type: Self.type, schema: ["what": "numbers"])
    try writer.add("floats", floats, codec: .raw)
    try writer.add("codes", codes, shape: [2, codes.count / 2], codec: codec)
    return try writer.publish(lineage: lineage, summary: summary)
  }
}

/// Changes the header of an artifact's bytes and mends every checksum above it, so that only the change is wrong.
func rewriting(_ bytes: [UInt8], _ change: (inout [String: JSON]) -> Void) throws -> [UInt8] {
  let offset = bytes.withUnsafeBytes { Int($0.loadUnaligned(fromByteOffset: 48, as: UInt64.self)) }
  var header = try JSON.parse(bytes[offset...]).object ?? [:]
  change(&header)
  let sections = (header["sections"]?.array ?? []).map { section -> JSON in
    let fields = section.object ?? [:]
    return .object(fields.filter { ["name", "type", "shape", "sha256"].contains($0.key) })
  }
  let identity: JSON = [
    "type": header["type"] ?? .null, "version": header["version"] ?? .null, "schema": header["schema"] ?? .null,
    "sections": .array(sections),
  ]
  header["digest"] = JSON(Digest.of(identity.text).hexadecimal)
  return withHeader(Array(JSON.object(header).text.utf8), of: bytes, at: offset)
}

/// The same sections under another header text.
func withHeader(_ text: [UInt8], of bytes: [UInt8], at offset: Int) -> [UInt8] {
  let version = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 12, as: UInt32.self) }
  let preamble = Preamble(
    typeVersion: version, type: "test", headerOffset: UInt64(offset), headerLength: UInt64(text.count),
    fileLength: UInt64(offset + text.count), headerDigest: Digest.of(text))
  return preamble.bytes + bytes[128..<offset] + text
}
