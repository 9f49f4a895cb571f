import CanonicalJSON
import DisplayText

#if _endian(big)
  #error("artifacts are little-endian, and are mapped as they are")
#endif

/// The type of a section's elements; little-endian.
package enum ElementType: String, Sendable, CaseIterable {
  case u8, u32, u64, i32, i64, f32, f64

  package var size: Int {
    switch self {
    case .u8: 1
    case .u32, .i32, .f32: 4
    case .u64, .i64, .f64: 8
    }
  }

  /// The place of the first value that is infinite or not a number; no artifact may hold one.
  func firstNonFinite(in bytes: UnsafeRawBufferPointer) -> Int? {
    switch self {
    case .f32: unsafe bytes.withMemoryRebound(to: Float.self) { unsafe $0.firstIndex { !$0.isFinite } }
    case .f64: unsafe bytes.withMemoryRebound(to: Double.self) { unsafe $0.firstIndex { !$0.isFinite } }
    case .u8, .u32, .u64, .i32, .i64: nil
    }
  }
}

/// A Swift type that sections hold.
package protocol SectionElement: BitwiseCopyable, Sendable {
  static var elementType: ElementType { get }
}

extension UInt8: SectionElement { package static var elementType: ElementType { .u8 } }
extension UInt32: SectionElement { package static var elementType: ElementType { .u32 } }
extension UInt64: SectionElement { package static var elementType: ElementType { .u64 } }
extension Int32: SectionElement { package static var elementType: ElementType { .i32 } }
extension Int64: SectionElement { package static var elementType: ElementType { .i64 } }
extension Float: SectionElement { package static var elementType: ElementType { .f32 } }
extension Double: SectionElement { package static var elementType: ElementType { .f64 } }

/// The storage of a section's bytes: as they are, to be mapped, or in zstd frames.
package enum Codec: String, Sendable {
  case raw, zstd
}

/// One section as the header has it.
package struct Section: Sendable, Equatable {
  package var name: String
  package var type: ElementType
  package var shape: [Int]
  package var codec: Codec
  /// The distance from the start of the file.
  package var offset: Int
  package var storedSize: Int
  package var rawSize: Int
  /// Stored lengths of the zstd frames, in order; empty for a raw section.
  package var frames: [Int]
  package var checksum: UInt32
  package var digest: Digest

  package var count: Int { rawSize / type.size }

  var json: JSON {
    [
      "name": JSON(name), "type": JSON(type.rawValue), "shape": .array(shape.map { JSON($0) }),
      "codec": JSON(codec.rawValue), "offset": JSON(offset), "stored": JSON(storedSize), "raw": JSON(rawSize),
      "frames": .array(frames.map { JSON($0) }), "crc32c": .integer(Int64(checksum)),
      "sha256": JSON(digest.hexadecimal),
    ]
  }

  /// The part that enters the artifact's digest: neither the codec nor the place.
  var identity: JSON {
    [
      "name": JSON(name), "type": JSON(type.rawValue), "shape": .array(shape.map { JSON($0) }),
      "sha256": JSON(digest.hexadecimal),
    ]
  }

  init(
    name: String, type: ElementType, shape: [Int], codec: Codec, offset: Int, storedSize: Int, rawSize: Int,
    frames: [Int], checksum: UInt32, digest: Digest
  ) {
    self.name = name
    self.type = type
    self.shape = shape
    self.codec = codec
    self.offset = offset
    self.storedSize = storedSize
    self.rawSize = rawSize
    self.frames = frames
    self.checksum = checksum
    self.digest = digest
  }

  /// Reads and checks one entry: every count, product and bound, before anything is allocated for it.
  init(_ json: JSON) throws(ArtifactError) {
    guard let name = json["name"]?.string, !name.isEmpty, name.utf8.count <= 255, name.printable == name else {
      throw .malformed(part: "the header", reason: .unnamedSection)
    }
    let part = "section \"\(name)\""
    guard let type = json["type"]?.string.flatMap(ElementType.init),
      let codec = json["codec"]?.string.flatMap(Codec.init)
    else { throw .malformed(part: part, reason: .unknownTypeOrCodec) }
    guard let shape = Self.counts(json["shape"]), shape.count <= 8, let frames = Self.counts(json["frames"]),
      let offset = json["offset"]?.integer, let stored = json["stored"]?.integer, let raw = json["raw"]?.integer,
      let checksum = json["crc32c"]?.integer.flatMap({ UInt32(exactly: $0) }),
      let digest = json["sha256"]?.string.flatMap(Digest.init(hexadecimal:)), offset >= 0, stored >= 0, raw >= 0
    else { throw .malformed(part: part, reason: .incomplete("entry in the header")) }
    var size = type.size
    for extent in shape {
      let (product, overflow) = size.multipliedReportingOverflow(by: extent)
      guard !overflow else { throw .malformed(part: part, reason: .tooLargeShape) }
      size = product
    }
    guard size == raw else {
      throw .malformed(part: part, reason: .shapeBytes(size, declared: raw))
    }
    self.init(
      name: name, type: type, shape: shape, codec: codec, offset: offset, storedSize: stored, rawSize: raw,
      frames: frames, checksum: checksum, digest: digest)
    try checkFrames(part: part)
  }

  private func checkFrames(part: String) throws(ArtifactError) {
    switch codec {
    case .raw:
      guard frames.isEmpty else { throw .malformed(part: part, reason: .framesOfRawSection) }
      guard storedSize == rawSize else {
        throw .malformed(part: part, reason: .rawBytes(rawSize, stored: storedSize))
      }
    case .zstd:
      var total = 0
      for frame in frames {
        let (sum, overflow) = total.addingReportingOverflow(frame)
        guard !overflow else { throw .malformed(part: part, reason: .tooLargeFrames) }
        total = sum
      }
      let wanted = rawSize / ZstdFrame.rawSize + (rawSize % ZstdFrame.rawSize == 0 ? 0 : 1)
      guard total == storedSize, frames.count == wanted else {
        throw .malformed(part: part, reason: .frameSum)
      }
      guard rawSize == 0 || storedSize > 0 && rawSize / storedSize < ZstdFrame.greatestRatio else {
        throw .malformed(part: part, reason: .compressionRatio(stored: storedSize, declared: rawSize))
      }
    }
  }

  private static func counts(_ json: JSON?) -> [Int]? {
    guard let values = json?.array else { return nil }
    let counts = values.compactMap { $0.integer }.filter { $0 >= 0 }
    return counts.count == values.count ? counts : nil
  }
}
