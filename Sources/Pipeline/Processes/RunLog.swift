import Artifacts
import Glibc
import SystemFiles

/// The log of a program's output: on disk from the first byte; of long output head and tail are kept.
package final class RunLog {
  static let headLimit = 8 << 20
  static let tailLimit = 1 << 20
  static let keptLines = 20

  package let path: String
  /// The last lines that the program printed, without empty ones.
  package private(set) var lastLines: [String] = []
  private let file: FileDescriptor
  private let show: (String) -> Void
  private var lines = LineSplitter()
  private var written = 0
  private var tail: [UInt8] = []
  private var dropped = 0
  private var failure: (any Error)?

  /// - Parameter show: called with every line that the program prints.
  /// - Throws: `FileError` if the file exists or cannot be made.
  package init(path: String, show: @escaping (String) -> Void = { _ in }) throws {
    self.path = path
    self.show = show
    file = try naming(path) { try FileDescriptor.open(path, O_WRONLY | O_CREAT | O_EXCL, mode: 0o644) }
  }

  /// Takes output of the program.
  package func take(_ bytes: [UInt8]) {
    write(bytes)
    lines.take(bytes, showing)
  }

  /// Writes a line of the runner's own.
  package func write(line: String) { write(Array("\(line)\n".utf8)) }

  /// - Throws: the first failure of any write. They are kept until now, so that a full disk does not stop the reading
  ///   of a pipe.
  package func close() throws {
    lines.flush(showing)
    if dropped > 0 { store(Array("\n[\(dropped) bytes are left out here]\n".utf8)[...]) }
    store(tail[...])
    tail = []
    try naming(path) {
      if let failure { throw failure }
      try file.close()
    }
  }

  private func write(_ bytes: [UInt8]) {
    let head = min(max(Self.headLimit - written, 0), bytes.count)
    store(bytes[..<head])
    written += bytes.count
    tail += bytes[head...]
    if tail.count > 2 * Self.tailLimit {
      dropped += tail.count - Self.tailLimit
      tail.removeFirst(tail.count - Self.tailLimit)
    }
  }

  private func store(_ bytes: ArraySlice<UInt8>) {
    guard failure == nil, !bytes.isEmpty else { return }
    do { try file.write(bytes) } catch { failure = error }
  }

  private func showing(_ line: String) {
    lastLines = lastLines.suffix(Self.keptLines - 1) + [line]
    show(line)
  }
}

/// Cuts a stream of bytes into lines to show; a line without an end is shown in pieces.
struct LineSplitter {
  private var rest: [UInt8] = []

  mutating func take(_ bytes: [UInt8], _ line: (String) -> Void) {
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
