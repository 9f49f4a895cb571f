import Kernels
import SystemFiles

extension ArtifactFile {
  /// Checks every byte: checksums, frames, digests, that floats are finite, and the files of a tree.
  ///
  /// Reads each frame into memory, which holds one of them, and maps nothing.
  ///
  /// - Parameter interrupted: is asked at every frame, and throws to end it.
  package func verify(interrupted: () throws -> Void = {}) throws {
    try naming(path) {
      let file = try FileDescriptor.openRegular(path).file
      for section in header.sections {
        try verify(section, in: file, interrupted: interrupted)
      }
    }
    try ArtifactTree.verify(self, interrupted: interrupted)
  }

  private func verify(_ section: Section, in file: FileDescriptor, interrupted: () throws -> Void) throws {
    let part = "section \"\(section.name)\""
    let longest = section.codec == .raw ? ZstdFrame.rawSize : section.frames.max() ?? 0
    let stored = SharedBuffer<UInt8>(uninitialised: longest)
    let raw = SharedBuffer<UInt8>(uninitialised: section.codec == .raw ? 0 : ZstdFrame.rawSize)
    var (checksum, hasher) = (Checksum(), DigestHasher())
    var (place, failure) = (section.offset, (any Error)?.none)
    for number in 0..<(section.rawSize + ZstdFrame.rawSize - 1) / ZstdFrame.rawSize {
      try interrupted()
      let first = number * ZstdFrame.rawSize
      let size = min(ZstdFrame.rawSize, section.rawSize - first)
      let length = section.codec == .raw ? size : section.frames[number]
      let frame = unsafe UnsafeMutableRawBufferPointer(start: stored.pointer, count: length)
      try unsafe file.read(into: frame, at: place)
      place += length
      unsafe checksum.update(UnsafeRawBufferPointer(frame))
      guard failure == nil else { continue }
      do {
        var values = UnsafeRawBufferPointer(frame)
        if section.codec == .zstd {
          let target = unsafe UnsafeMutableRawBufferPointer(start: raw.pointer, count: size)
          try unsafe ZstdFrame.decompress(values, into: target, section: section.name)
          unsafe values = UnsafeRawBufferPointer(target)
        }
        unsafe hasher.update(values)
        if let value = unsafe section.type.firstNonFinite(in: values) {
          throw ArtifactError.malformed(
            part: part, reason: .notFiniteValue(first / section.type.size + value))
        }
      } catch { failure = error }
    }
    // A wrong checksum explains whatever else is wrong, so it is reported first.
    guard checksum.value == section.checksum else { throw ArtifactError.damaged(part: part) }
    if let failure { throw failure }
    guard hasher.finish() == section.digest else { throw ArtifactError.damaged(part: part) }
  }
}
