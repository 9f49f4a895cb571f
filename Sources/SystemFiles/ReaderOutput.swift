import CSystemCalls
import Glibc
import Synchronization

/// Writes to pipes and terminals, whose reader may have stopped to read: once this process has been asked to end, what
/// the reader does not take within a moment is left out, since nobody waits for it any more.
package enum ReaderOutput {
  /// The bytes that a pipe takes at once if it takes any.
  private static let pipeBytes = 4096
  private static let pollMilliseconds: Int32 = 100
  /// `true` once something was left out: nothing more is waited for.
  private static let hasGivenUp = Atomic(false)

  /// - Throws: if the system refuses the bytes; not if they are left out.
  package static func write(_ bytes: [UInt8], to descriptor: Int32) throws(SystemError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      guard isReady(descriptor) else { return }
      let written = unsafe rest.withUnsafeBytes { bytes in
        unsafe Glibc.write(descriptor, bytes.baseAddress, min(bytes.count, pipeBytes))
      }
      if written < 0, errno == EINTR || errno == EAGAIN { continue }
      guard written > 0 else { throw .system(operation: "write", code: written < 0 ? errno : EIO) }
      rest = rest.dropFirst(written)
    }
  }

  /// Waits until the descriptor takes bytes.
  ///
  /// - Returns: `false` if it takes none although this process has been asked to end.
  private static func isReady(_ descriptor: Int32) -> Bool {
    while true {
      let wasAsked = cs_stops() > 0
      let patience = hasGivenUp.load(ordering: .relaxed) ? 0 : pollMilliseconds
      var polled = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      // A descriptor that cannot be waited for says why when it is written to.
      if unsafe poll(&polled, 1, patience) != 0, errno != EINTR || polled.revents != 0 { return true }
      if wasAsked {
        hasGivenUp.store(true, ordering: .relaxed)
        return false
      }
    }
  }
}
