import Glibc

/// A file for what does not fit into memory. It has no name, so nothing is left of it when the process ends, however it
/// ends.
package final class ScratchFile: Sendable {
  private let file: FileDescriptor
  private let folder: String

  /// - Parameter folder: where there is room, made if it is not there; TMPDIR, else /tmp, if not given.
  package init(in folder: String? = nil) throws {
    if let folder { try Files.makeFolders(folder) }
    let folder = unsafe folder ?? getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
    self.folder = folder
    file = try naming(folder) {
      let path = "\(folder)/.tandem-scratch.\(getpid()).\(UInt64.random(in: 0...UInt64.max))"
      let file = try FileDescriptor.open(path, O_RDWR | O_CREAT | O_EXCL, mode: 0o600)
      unsafe unlink(path)
      return file
    }
  }

  package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws {
    try naming(folder) { try unsafe file.write(bytes, at: UInt64(offset)) }
  }

  /// Writes the elements of an array as they lie in memory.
  package func write<Element: BitwiseCopyable>(_ values: [Element], at offset: Int) throws {
    try naming(folder) { try file.write(values, at: UInt64(offset)) }
  }

  /// Fills `target` with the bytes from `offset` on.
  package func read(into target: UnsafeMutableRawBufferPointer, at offset: Int) throws {
    try naming(folder) { try unsafe file.read(into: target, at: offset) }
  }
}
