import Glibc
package import Kernels
import SystemFiles

/// An artifact opened for reading: mapped, its preamble and header checked, its sections within bounds and apart.
///
/// Opening reads no section. `read` checks a section's checksum, `verify` every byte.
///
/// Owns the mapping: bytes of sections are given by pointer inside this module, and outside as `SharedValues`, which keep
/// the file.
package final class ArtifactFile: Sendable {
  package let path: String
  package let header: Header
  let bytes: StoredBytes

  /// - Parameters:
  ///   - type: the expected type and version; nil accepts any.
  ///   - loaded: `true` if all of it is read into memory, in large pages where there are any, rather than mapped.
  /// - Throws: `FileError` with an `ArtifactError`.
  package convenience init(path: String, type: ArtifactType? = nil, loaded: Bool = false) throws {
    try self.init(
      path, type,
      naming(path) { loaded ? StoredBytes.mapped(try MappedBytes(copying: path)) : try StoredBytes(path: path) })
  }

  /// Opens an artifact to be verified: none of it is mapped, and no section can be read.
  package convenience init(unmapped path: String, type: ArtifactType? = nil) throws {
    try self.init(path, type, naming(path) { try StoredBytes.unmapped(path: path) })
  }

  init(_ path: String, _ type: ArtifactType?, _ bytes: StoredBytes) throws {
    self.path = path
    self.bytes = bytes
    header = try naming(path) {
      let preamble = try unsafe bytes.read(0..<min(Preamble.size, bytes.count)).withUnsafeBytes {
        try unsafe Preamble($0)
      }
      guard preamble.fileLength == UInt64(bytes.count) else {
        guard preamble.fileLength > UInt64(bytes.count) else {
          throw ArtifactError.malformed(part: "the file", reason: .bytesAfterEnd)
        }
        throw ArtifactError.truncated(part: "the file", needed: preamble.fileLength, present: UInt64(bytes.count))
      }
      // Before the header, since that of a newer version may have fields that this build does not know.
      if let type {
        guard preamble.type == type.name else { throw ArtifactError.wrongType(found: preamble.type, wanted: type.name) }
        guard preamble.typeVersion <= type.version else {
          throw ArtifactError.newerType(type: type.name, found: Int(preamble.typeVersion), newest: type.version)
        }
      }
      return try Self.header(preamble, in: bytes)
    }
  }

  package var digest: Digest { header.digest }

  private static func header(_ preamble: Preamble, in bytes: StoredBytes) throws -> Header {
    let count = UInt64(bytes.count)
    guard preamble.headerLength <= UInt64(Header.maximumSize) else {
      throw ArtifactError.tooLarge(part: "the header", value: preamble.headerLength, limit: UInt64(Header.maximumSize))
    }
    guard preamble.headerOffset >= UInt64(Preamble.size), preamble.headerOffset <= count,
      preamble.headerLength == count - preamble.headerOffset
    else { throw ArtifactError.malformed(part: "the preamble", reason: .headerNotAtEnd) }
    let header = try unsafe bytes.read(Int(preamble.headerOffset)..<bytes.count).withUnsafeBytes { text in
      guard unsafe Digest.of(text) == preamble.headerDigest else { throw ArtifactError.damaged(part: "the header") }
      return try unsafe Header(text)
    }
    guard header.type == preamble.type, UInt32(exactly: header.typeVersion) == preamble.typeVersion else {
      throw ArtifactError.malformed(part: "the header", reason: .typeDiffersFromPreamble)
    }
    try checkTiling(header.sections, in: bytes, until: Int(preamble.headerOffset))
    return header
  }

  /// Sections tile the file: each begins where the last ended, rounded up to 64, and only zeros stand between.
  private static func checkTiling(
    _ sections: [Section], in bytes: StoredBytes, until end: Int
  ) throws {
    var place = Preamble.size
    func skipPadding(to next: Int, _ part: String) throws {
      guard next >= place, next - place < 64, next <= end else {
        throw ArtifactError.malformed(part: part, reason: .gapBefore)
      }
      guard try bytes.read(place..<next).allSatisfy({ $0 == 0 }) else {
        throw ArtifactError.damaged(part: "the padding before \(part)")
      }
      place = next
    }
    for section in sections {
      let part = "section \"\(section.name)\""
      guard section.offset % 64 == 0 else {
        throw ArtifactError.malformed(part: part, reason: .notAligned)
      }
      try skipPadding(to: section.offset, part)
      let (next, overflow) = place.addingReportingOverflow(section.storedSize)
      guard !overflow, next <= end else {
        throw ArtifactError.truncated(part: part, needed: UInt64(section.storedSize), present: UInt64(end - place))
      }
      place = next
    }
    try skipPadding(to: end, "the header")
  }
}

extension ArtifactFile {
  package func section(_ name: String) -> Section? { header.sections.first { $0.name == name } }

  private func requireSection(_ name: String, _ type: ElementType) throws(ArtifactError) -> Section {
    guard let section = section(name) else { throw .missingSection(name) }
    guard section.type == type else {
      throw .malformed(part: "section \"\(name)\"", reason: .elementType(section.type, expected: type))
    }
    return section
  }

  func stored(_ section: Section) throws -> UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(rebasing: try bytes.buffer[section.offset..<section.offset + section.storedSize])
  }

  /// The values of a section, its checksum verified.
  ///
  /// - Parameter shape: the expected shape; -1 stands for any extent.
  package func read<Element: SectionElement>(
    _ name: String, as element: Element.Type = Element.self, shape: [Int]? = nil
  ) throws -> [Element] {
    let section = try checkedSection(name, Element.elementType, shape: shape)
    return try naming(path) { try decode(section) }
  }

  /// A section of the expected type and shape, its checksum verified.
  func checkedSection(_ name: String, _ type: ElementType, shape: [Int]?) throws -> Section {
    try naming(path) {
      let section = try requireSection(name, type)
      if let shape { try Self.check(section, shape) }
      guard try unsafe Checksum.of(stored(section)) == section.checksum else {
        throw ArtifactError.damaged(part: "section \"\(name)\"")
      }
      return section
    }
  }

  private static func check(_ section: Section, _ shape: [Int]) throws(ArtifactError) {
    guard shape.count == section.shape.count, zip(shape, section.shape).allSatisfy({ $0 == -1 || $0 == $1 }) else {
      throw .malformed(part: "section \"\(section.name)\"", reason: .shape(section.shape, expected: shape))
    }
  }

  private func decode<Element: SectionElement>(_ section: Section) throws -> [Element] {
    let raw = try unsafe stored(section)
    try Self.requireMemory(for: section)
    var place = 0
    var failure: ArtifactError?
    let values = unsafe [Element](unsafeUninitializedCapacity: section.rawSize / MemoryLayout<Element>.size) {
      buffer, count in
      let target = UnsafeMutableRawBufferPointer(buffer)
      switch section.codec {
      case .raw: unsafe target.copyMemory(from: raw)
      case .zstd:
        for (number, length) in section.frames.enumerated() {
          let from = number * ZstdFrame.rawSize
          let part = unsafe UnsafeMutableRawBufferPointer(
            rebasing: target[from..<min(from + ZstdFrame.rawSize, section.rawSize)])
          let frame = unsafe UnsafeRawBufferPointer(rebasing: raw[place..<place + length])
          do throws(ArtifactError) {
            try unsafe ZstdFrame.decompress(frame, into: part, section: section.name)
          } catch {
            failure = error
            return
          }
          place += length
        }
      }
      count = section.rawSize / MemoryLayout<Element>.size
    }
    if let failure { throw failure }
    return values
  }

  /// Refuses sections larger than the available memory, since a failed allocation of an array would end the process.
  private static func requireMemory(for section: Section) throws(SystemError) {
    guard let probe = unsafe malloc(max(section.rawSize, 1)) else {
      throw .system(operation: "hold the \(section.rawSize) bytes of section \"\(section.name)\"", code: ENOMEM)
    }
    unsafe free(probe)
  }

  /// The values of a raw section where they lie in the file, which they keep mapped.
  ///
  /// The checksum is not verified here: mapped sections are verified at publication.
  package func mapped<Element: SectionElement>(
    _ name: String, as element: Element.Type = Element.self
  ) throws -> SharedValues<Element> {
    try naming(path) {
      let section = try requireSection(name, Element.elementType)
      guard section.codec == .raw else {
        throw ArtifactError.malformed(part: "section \"\(name)\"", reason: .compressed)
      }
      return unsafe SharedValues(try stored(section).bindMemory(to: Element.self), owner: self)
    }
  }
}
