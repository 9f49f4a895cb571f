import Kernels

/// The bytes of one section on their way into a file, whatever the buffers that they come in: checked, counted into
/// checksum and digest, and stored as the codec has it. Memory holds one frame.
///
/// Unsafe inside, for bytes that are hashed and compressed where they lie; none is kept after a call.
struct SectionBody {
  private let name: String
  private let type: ElementType
  private let codec: Codec
  private let threads: Int
  private let compressor = ZstdCompressor()
  private var hasher = DigestHasher()
  private var checksum = Checksum()
  private var frames: [Int] = []
  /// The beginning of the next frame.
  private var pending: [UInt8] = []
  private(set) var rawSize = 0
  private var storedSize = 0

  /// - Parameter threads: that compress frames.
  init(name: String, type: ElementType, codec: Codec, threads: Int = 1) {
    self.threads = threads
    self.name = name
    self.type = type
    self.codec = codec
  }

  /// - Parameters:
  ///   - bytes: whole elements.
  ///   - store: gets the stored bytes, in order.
  mutating func take(_ bytes: UnsafeRawBufferPointer, store: (UnsafeRawBufferPointer) throws -> Void) throws {
    precondition(bytes.count % type.size == 0, "section \(name): \(bytes.count) bytes are not whole elements")
    if let place = unsafe type.firstNonFinite(in: bytes) {
      throw ArtifactError.malformed(
        part: "section \"\(name)\"", reason: .notFiniteValue(rawSize / type.size + place))
    }
    rawSize += bytes.count
    switch codec {
    case .raw:
      unsafe hasher.update(bytes)
      try unsafe put(bytes, store)
    case .zstd:
      let whole = threads > 1 && pending.isEmpty ? bytes.count / ZstdFrame.rawSize * ZstdFrame.rawSize : 0
      if whole > ZstdFrame.rawSize { try unsafe putFrames(UnsafeRawBufferPointer(rebasing: bytes[..<whole]), store) }
      var rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[(whole > ZstdFrame.rawSize ? whole : 0)...])
      unsafe hasher.update(rest)
      while unsafe !rest.isEmpty {
        if pending.isEmpty, rest.count >= ZstdFrame.rawSize {
          try unsafe putFrame(UnsafeRawBufferPointer(rebasing: rest[..<ZstdFrame.rawSize]), store)
          unsafe rest = UnsafeRawBufferPointer(rebasing: rest[ZstdFrame.rawSize...])
          continue
        }
        let length = min(ZstdFrame.rawSize - pending.count, rest.count)
        unsafe pending += rest[..<length]
        unsafe rest = UnsafeRawBufferPointer(rebasing: rest[length...])
        if pending.count == ZstdFrame.rawSize { try unsafe flush(store) }
      }
    }
  }

  /// The section's entry in the header, when all bytes were taken.
  mutating func finish(
    shape: [Int], offset: Int, store: (UnsafeRawBufferPointer) throws -> Void
  ) throws -> Section {
    if !pending.isEmpty { try unsafe flush(store) }
    return Section(
      name: name, type: type, shape: shape, codec: codec, offset: offset, storedSize: storedSize, rawSize: rawSize,
      frames: frames, checksum: checksum.value, digest: hasher.finish())
  }

  private mutating func flush(_ store: (UnsafeRawBufferPointer) throws -> Void) throws {
    let frame = pending
    pending.removeAll(keepingCapacity: true)
    try unsafe frame.withUnsafeBytes { try unsafe putFrame($0, store) }
  }

  /// Stores whole frames, which several threads compress.
  private mutating func putFrames(
    _ bytes: UnsafeRawBufferPointer, _ store: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let stored = try unsafe ParallelFrames.store(bytes, threads: threads, checksum, &hasher, store)
    checksum = stored.checksum
    storedSize += stored.sizes.reduce(0, +)
    frames += stored.sizes
  }

  private mutating func putFrame(
    _ raw: UnsafeRawBufferPointer, _ store: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let length = try unsafe compressor.compress(raw) { try unsafe put($0, store) }
    frames.append(length)
  }

  private mutating func put(
    _ stored: UnsafeRawBufferPointer, _ store: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    unsafe checksum.update(stored)
    storedSize += stored.count
    try unsafe store(stored)
  }
}
