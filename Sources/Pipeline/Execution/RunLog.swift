import Glibc
import SystemFiles

/// What a program printed: on disk from the first byte, its head and tail kept where it is too much.
package final class RunLog {
  static let headLimit = 8 << 20
  static let tailLimit = 1 << 20

  package let path: String
  private let file: FileDescriptor
  private var written = 0
  private var tail: [UInt8] = []
  private var dropped = 0
  private var recent: [UInt8] = []
  private(set) var failure: SystemError?

  /// - Throws: `FileError` where the file cannot be made.
  package init(path: String) throws {
    self.path = path
    file = try naming(path) { try FileDescriptor.open(path, O_WRONLY | O_CREAT | O_EXCL, mode: 0o644) }
  }

  /// Failures are kept until `close`, so that a full disk does not stop the reading of a pipe.
  package func write(_ bytes: UnsafeRawBufferPointer) {
    recent += bytes
    if recent.count > 1 << 16 { recent.removeFirst(recent.count - 1 << 15) }
    let head = min(max(Self.headLimit - written, 0), bytes.count)
    store(UnsafeRawBufferPointer(rebasing: bytes[..<head]))
    written += bytes.count
    tail += bytes[head...]
    if tail.count > 2 * Self.tailLimit {
      dropped += tail.count - Self.tailLimit
      tail.removeFirst(tail.count - Self.tailLimit)
    }
  }

  private func store(_ bytes: UnsafeRawBufferPointer) {
    guard failure == nil, !bytes.isEmpty else { return }
    do { try file.write(bytes) } catch { failure = error }
  }

  package func write(line: String) { Array("\(line)\n".utf8).withUnsafeBytes { write($0) } }

  /// - Throws: what went wrong with any write.
  package func close() throws {
    if dropped > 0 { Array("\n[\(dropped) bytes are left out here]\n".utf8).withUnsafeBytes { store($0) } }
    tail.withUnsafeBytes { store($0) }
    tail = []
    try naming(path) {
      if let failure { throw failure }
      try file.close()
    }
  }

  /// The last lines, as text however broken, each at most 400 characters.
  package func lastLines(_ count: Int) -> [String] {
    let lines = String(decoding: recent, as: UTF8.self).split(separator: "\n")
    return lines.suffix(count).map { String($0.prefix(400)) }
  }
}

/// Cuts a stream of bytes into lines to show; a line without an end is shown in pieces.
struct LineSplitter {
  private var rest: [UInt8] = []

  mutating func take(_ bytes: UnsafeRawBufferPointer, _ line: (String) -> Void) {
    for byte in bytes {
      if byte == UInt8(ascii: "\n") || rest.count >= 4096 { flush(line) }
      if byte != UInt8(ascii: "\n") { rest.append(byte) }
    }
  }

  mutating func flush(_ line: (String) -> Void) {
    guard !rest.isEmpty else { return }
    line(String(decoding: rest, as: UTF8.self))
    rest = []
  }
}
