import Glibc
import Kernels
import SystemFiles

extension ArtifactFile {
  /// Releases the mapping's resident pages. The contents are unaffected.
  package func releasePages() { bytes.releasePages() }

  /// Gives the stored bytes of a section to `body` from the first to the last, read into a buffer of their own: for
  /// large sections of which neither memory nor the mapping shall hold more than that.
  ///
  /// - Parameter size: of each part but the last, in bytes.
  /// - Throws: `FileError` behind the last part, if the checksum is not that of the section.
  package func forEachStoredPart(
    of section: Section, size: Int, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let file = try naming(path) { try FileDescriptor.openRegular(path).file }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(size, 1), alignment: 64)
    defer { unsafe buffer.deallocate() }
    var checksum = Checksum()
    for start in stride(from: 0, to: section.storedSize, by: max(size, 1)) {
      let part = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(size, section.storedSize - start)])
      try naming(path) { try unsafe file.read(into: part, at: section.offset + start) }
      unsafe checksum.update(UnsafeRawBufferPointer(part))
      try unsafe body(UnsafeRawBufferPointer(part))
    }
    guard checksum.value == section.checksum else {
      throw FileError(path, ArtifactError.damaged(part: "section \"\(section.name)\""))
    }
  }
}
