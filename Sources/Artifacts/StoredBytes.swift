import Glibc
import SystemFiles

/// The bytes of an artifact: mapped, or read where they are asked for if there is no address space to map them, as
/// under `ulimit -v`. An artifact that cannot be mapped can be verified and described, and nothing else.
enum StoredBytes: Sendable {
  case mapped(MappedBytes)
  case read(FileDescriptor, size: Int, because: any Error)

  init(path: String) throws {
    let (file, size) = try FileDescriptor.openRegular(path)
    do throws(SystemError) {
      self = .mapped(try MappedBytes(file, size: size))
    } catch {
      guard case .system(_, ENOMEM) = error else { throw error }
      self = .read(file, size: size, because: error)
    }
  }

  /// The bytes of a file that is only verified or described: nothing that is done to it meanwhile ends the process, as
  /// it may where it is mapped.
  static func unmapped(path: String) throws(SystemError) -> StoredBytes {
    let (file, size) = try FileDescriptor.openRegular(path)
    return .read(
      file, size: size,
      because: ArtifactError.openedForVerification)
  }

  var count: Int {
    switch self {
    case .mapped(let bytes): bytes.count
    case .read(_, let size, _): size
    }
  }

  /// The bytes, where they lie.
  ///
  /// - Throws: if they could not be mapped.
  var buffer: UnsafeRawBufferPointer {
    get throws {
      switch self {
      case .mapped(let bytes): unsafe bytes.buffer
      case .read(_, _, let reason): throw reason
      }
    }
  }

  /// A few of them, within bounds.
  func read(_ range: Range<Int>) throws(SystemError) -> [UInt8] {
    switch self {
    case .mapped(let bytes): return unsafe Array(bytes.buffer[range])
    case .read(let file, _, _):
      var failure: SystemError?
      let read = unsafe [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
        do throws(SystemError) {
          try unsafe file.read(into: UnsafeMutableRawBufferPointer(buffer), at: range.lowerBound)
          count = range.count
        } catch { failure = error }
      }
      if let failure { throw failure }
      return read
    }
  }

  func releasePages() {
    if case .mapped(let bytes) = self { bytes.releasePages() }
  }
}
