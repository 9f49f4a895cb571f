import BasicAlgorithms
import DisplayText
import Kernels

/// The first 128 bytes of every artifact. Docs/reference/artifact-format.md has the table.
///
/// Unsafe inside, to read numbers at fixed places of the mapped file, after its length is checked.
struct Preamble: Equatable {
  static let size = 128
  static let magic: [UInt8] = [0x89, 0x54, 0x4e, 0x44, 0x4d, 0x0d, 0x0a, 0x1a]
  static let containerVersion: UInt32 = 1

  var typeVersion: UInt32
  var type: String
  var headerOffset: UInt64
  var headerLength: UInt64
  var fileLength: UInt64
  var headerDigest: Digest

  var bytes: [UInt8] {
    var bytes = Self.magic
    bytes += littleEndian(Self.containerVersion) + littleEndian(typeVersion)
    let name = Array(type.utf8)
    precondition((1...32).contains(name.count), "type \"\(type)\" has \(name.count) bytes; expected 1 to 32")
    bytes += name + [UInt8](repeating: 0, count: 32 - name.count)
    bytes += littleEndian(headerOffset) + littleEndian(headerLength) + littleEndian(fileLength)
    bytes += headerDigest.bytes + [UInt8](repeating: 0, count: 20)
    return unsafe bytes + littleEndian(bytes.withUnsafeBytes { unsafe Checksum.of($0) })
  }

  init(
    typeVersion: UInt32, type: String, headerOffset: UInt64, headerLength: UInt64, fileLength: UInt64,
    headerDigest: Digest
  ) {
    self.typeVersion = typeVersion
    self.type = type
    self.headerOffset = headerOffset
    self.headerLength = headerLength
    self.fileLength = fileLength
    self.headerDigest = headerDigest
  }

  init(_ bytes: UnsafeRawBufferPointer) throws(ArtifactError) {
    guard unsafe !bytes.isEmpty else { throw .malformed(part: "the file", reason: .empty) }
    guard unsafe bytes.prefix(8).elementsEqual(Self.magic.prefix(bytes.count)) else { throw .notAnArtifact }
    guard bytes.count >= Self.size else {
      throw .truncated(part: "the preamble", needed: UInt64(Self.size), present: UInt64(bytes.count))
    }
    let container = unsafe bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self)
    let body = unsafe UnsafeRawBufferPointer(rebasing: bytes[..<124])
    guard unsafe Checksum.of(body) == bytes.loadUnaligned(fromByteOffset: 124, as: UInt32.self) else {
      // A later container may have moved its checksum; it says its version in the same place.
      if container > Self.containerVersion, container < 1 << 16 {
        throw .newerContainer(found: Int(container), newest: Int(Self.containerVersion))
      }
      throw .damaged(part: "the preamble")
    }
    guard container <= Self.containerVersion else {
      throw .newerContainer(found: Int(container), newest: Int(Self.containerVersion))
    }
    let typeVersion = unsafe bytes.loadUnaligned(fromByteOffset: 12, as: UInt32.self)
    guard container > 0, typeVersion > 0 else {
      throw .malformed(part: "the preamble", reason: .versionZero)
    }
    let name = unsafe Array(bytes[16..<48].prefix { $0 != 0 })
    guard !name.isEmpty, let type = String(validating: name, as: UTF8.self), type.printable == type,
      unsafe bytes[(16 + name.count)..<48].allSatisfy({ $0 == 0 }), unsafe bytes[104..<124].allSatisfy({ $0 == 0 })
    else {
      throw .malformed(part: "the preamble", reason: .invalidPreamble)
    }
    unsafe self.init(
      typeVersion: typeVersion, type: type,
      headerOffset: bytes.loadUnaligned(fromByteOffset: 48, as: UInt64.self),
      headerLength: bytes.loadUnaligned(fromByteOffset: 56, as: UInt64.self),
      fileLength: bytes.loadUnaligned(fromByteOffset: 64, as: UInt64.self),
      headerDigest: Digest(bytes: Array(bytes[72..<104])))
  }
}
