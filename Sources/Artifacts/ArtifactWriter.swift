package import CanonicalJSON
import Glibc
package import Kernels
import SystemFiles

/// Writes one artifact: sections as they come, the header behind them, the preamble last, then publishes the whole
/// file under its name. Until then nothing of it is visible; on any failure nothing is left.
package final class ArtifactWriter {
  private let path: String
  private let temporary: String
  private let type: ArtifactType
  private let schema: JSON
  private let threads: Int
  private let file: FileDescriptor
  private var position = UInt64(Preamble.size)
  private var sections: [Section] = []
  private var isFinished = false
  private var failure: (any Error)?

  /// - Parameter threads: that compress the sections; the bytes are the same for any number.
  /// - Throws: `FileError` where the temporary sibling cannot be made.
  package init(path: String, type: ArtifactType, schema: JSON = [:], threads: Int = 1) throws {
    self.threads = threads
    self.path = path
    self.type = type
    self.schema = schema
    temporary = Files.temporarySibling(of: path)
    file = try naming(path) { [temporary] in
      try FileDescriptor.open(temporary, O_RDWR | O_CREAT | O_EXCL, mode: 0o444)
    }
  }

  deinit { if !isFinished { unsafe unlink(temporary) } }

  /// Adds a section of `shape`, whose product is the number of values. Floats must be finite.
  package func add<Element: SectionElement>(
    _ name: String, _ values: [Element], shape: [Int]? = nil, codec: Codec = .zstd
  ) throws {
    try unsafe values.withUnsafeBytes {
      try unsafe add(name, type: Element.elementType, bytes: $0, shape: shape ?? [values.count], codec: codec)
    }
  }

  package func add(_ name: String, type: ElementType, bytes: UnsafeRawBufferPointer, shape: [Int], codec: Codec) throws
  {
    precondition(shape.reduce(type.size, *) == bytes.count, "section \(name): shape \(shape), \(bytes.count) bytes")
    try unsafe add(name, type: type, shape: shape, codec: codec) { put in try unsafe put(bytes) }
  }

  /// Adds a section that comes in buffers, so that memory need not hold it.
  ///
  /// - Parameters:
  ///   - shape: its product is the number of elements that come.
  ///   - body: gives the elements to `put`, buffer after buffer, whole elements in each.
  package func add(
    _ name: String, type: ElementType, shape: [Int], codec: Codec,
    _ body: (_ put: (UnsafeRawBufferPointer) throws -> Void) throws -> Void
  ) throws {
    precondition(!sections.contains { $0.name == name }, "section \(name) is written twice")
    try keepingFailure {
      try align()
      let start = position
      var section = SectionBody(name: name, type: type, codec: codec, threads: threads)
      try unsafe body { try unsafe section.take($0, store: append) }
      precondition(
        shape.reduce(type.size, *) == section.rawSize, "section \(name): shape \(shape), \(section.rawSize) bytes")
      unsafe sections.append(try section.finish(shape: shape, offset: Int(start), store: append))
    }
  }

  /// Adds a section as it is stored in another artifact: read a buffer at a time, its checksum tested on the way, its
  /// digest taken over.
  ///
  /// - Parameter other: the name in this file; the same as in the source if nil.
  package func copy(_ name: String, from source: ArtifactFile, as other: String? = nil) throws {
    let other = other ?? name
    precondition(!sections.contains { $0.name == other }, "section \(other) is written twice")
    guard let section = source.section(name) else {
      throw FileError(source.path, ArtifactError.missingSection(name))
    }
    try keepingFailure {
      try align()
      let start = Int(position)
      try unsafe source.forEachStoredPart(of: section, size: 1 << 20) { try unsafe append($0) }
      sections.append(
        Section(
          name: other, type: section.type, shape: section.shape, codec: section.codec, offset: start,
          storedSize: section.storedSize, rawSize: section.rawSize, frames: section.frames, checksum: section.checksum,
          digest: section.digest))
    }
  }

  /// The values of a raw section that was added, where they lie in the file that is being written, which may be
  /// published meanwhile, or left.
  package func mapped<Element: SectionElement>(
    _ name: String, as element: Element.Type = Element.self
  ) throws -> SharedValues<Element> {
    guard let section = sections.first(where: { $0.name == name }), section.type == Element.elementType,
      section.codec == .raw
    else { preconditionFailure("no raw section \(name) of \(Element.elementType) was written") }
    let bytes = try naming(path) { try MappedBytes(file, size: Int(position)) }
    let range = section.offset..<section.offset + section.storedSize
    return unsafe SharedValues(
      UnsafeRawBufferPointer(rebasing: bytes.buffer[range]).bindMemory(to: Element.self), owner: bytes)
  }

  /// Completes and publishes the file, and gives the digest that names it.
  ///
  /// - Parameter schema: in place of the writer's, where it is known only when the sections are there.
  @discardableResult
  package func publish(lineage: Lineage, summary: Summary = Summary(), schema: JSON? = nil) throws -> Digest {
    try keepingFailure {
      try align()
      let digest = try finish(lineage, summary, schema)
      try publishFile()
      return digest
    }
  }

  /// The same, with a summary that is computed from the whole file before it is visible.
  ///
  /// - Parameter examine: opens the artifact under the path that it is given, and lets go of it.
  @discardableResult
  package func publish(lineage: Lineage, examine: (_ draft: String) throws -> Summary) throws -> Digest {
    let end = try keepingFailure {
      try align()
      let end = position
      _ = try finish(lineage, Summary(), nil)
      return end
    }
    let summary = try examine(temporary)
    return try keepingFailure {
      position = end
      let digest = try finish(lineage, summary, nil)
      guard ftruncate(file.number, off_t(position)) == 0 else {
        throw SystemError.system(operation: "cut", code: errno)
      }
      try publishFile()
      return digest
    }
  }

  /// Writes the header behind the sections, and the preamble.
  private func finish(_ lineage: Lineage, _ summary: Summary, _ schema: JSON?) throws -> Digest {
    let schema = schema ?? self.schema
    let digest = Header.digest(
      type: type.name, typeVersion: type.version, schema: schema, sections: sections)
    let header = Header(
      type: type.name, typeVersion: type.version, digest: digest, schema: schema, sections: sections,
      lineage: lineage, summary: summary)
    let text = Array(header.json.text.utf8)
    guard text.count <= Header.maximumSize else {
      throw ArtifactError.tooLarge(part: "the header", value: UInt64(text.count), limit: UInt64(Header.maximumSize))
    }
    // Whatever a reader would refuse is refused here, before anything is visible.
    try unsafe text.withUnsafeBytes { _ = try unsafe Header($0) }
    let start = position
    try unsafe text.withUnsafeBytes { try unsafe append($0) }
    let preamble = Preamble(
      typeVersion: UInt32(type.version), type: type.name, headerOffset: start, headerLength: UInt64(text.count),
      fileLength: position, headerDigest: Digest.of(text))
    try file.write(preamble.bytes, at: 0)
    return digest
  }

  private func publishFile() throws {
    try Files.publish(file, temporary, to: path)
    isFinished = true
  }

  private func append(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
    try unsafe file.write(bytes, at: position)
    position += UInt64(bytes.count)
  }

  /// Sections begin on 64 bytes, so that mapped vectors do.
  private func align() throws {
    let padding = [UInt8](repeating: 0, count: Int((64 - position % 64) % 64))
    try unsafe padding.withUnsafeBytes { try unsafe append($0) }
  }

  /// Runs `body`, and remembers its failure: it leaves bytes that no section owns, so nothing more may be done with the
  /// file.
  private func keepingFailure<Result>(_ body: () throws -> Result) throws -> Result {
    if let failure { throw failure }
    precondition(!isFinished, "\(path) is published already")
    do { return try naming(path, body) } catch {
      failure = error
      throw error
    }
  }
}

/// A type of artifact and the newest version of it that this build writes.
package struct ArtifactType: Hashable, Sendable {
  package let name: String
  package let version: Int

  package init(_ name: String, version: Int) {
    self.name = name
    self.version = version
  }
}
