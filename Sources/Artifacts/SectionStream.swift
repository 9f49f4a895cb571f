import SystemFiles

/// The values of a section from the first to the last, decoded frame by frame, so that memory holds one frame of them.
package struct SectionStream<Element: SectionElement> {
  private let file: ArtifactFile
  private let section: Section
  /// Stored bytes that no frame was made of yet, and the number of the next frame.
  private var place = 0
  private var frame = 0
  private var values: [Element] = []
  private var used = 0
  /// Values that are still to come.
  package private(set) var left: Int

  /// Checks the section's checksum, as `ArtifactFile.read` does.
  ///
  /// - Parameter shape: the expected shape; -1 stands for any extent.
  package init(_ name: String, of file: ArtifactFile, shape: [Int]? = nil) throws {
    self.file = file
    section = try file.checkedSection(name, Element.elementType, shape: shape)
    left = section.count
  }

  /// Appends the next values, as many as there are up to `count`.
  package mutating func next(_ count: Int, into target: inout [Element]) throws {
    var wanted = min(count, left)
    left -= wanted
    while wanted > 0 {
      if used == values.count { try decodeFrame() }
      let taken = min(wanted, values.count - used)
      target += values[used..<used + taken]
      used += taken
      wanted -= taken
    }
  }

  private mutating func decodeFrame() throws {
    let from = frame * ZstdFrame.rawSize
    let size = min(ZstdFrame.rawSize, section.rawSize - from)
    let length = section.codec == .raw ? size : section.frames[frame]
    let stored = try unsafe naming(file.path) { try unsafe file.stored(section) }
    let bytes = unsafe UnsafeRawBufferPointer(rebasing: stored[place..<place + length])
    if values.count != size / MemoryLayout<Element>.size {
      values = unsafe [Element](unsafeUninitializedCapacity: size / MemoryLayout<Element>.size) { buffer, count in
        unsafe UnsafeMutableRawBufferPointer(buffer).initializeMemory(as: UInt8.self, repeating: 0)
        count = size / MemoryLayout<Element>.size
      }
    }
    try unsafe values.withUnsafeMutableBytes { target in
      switch section.codec {
      case .raw: unsafe target.copyMemory(from: bytes)
      case .zstd: try naming(file.path) { try unsafe ZstdFrame.decompress(bytes, into: target, section: section.name) }
      }
    }
    place += length
    frame += 1
    used = 0
  }
}
