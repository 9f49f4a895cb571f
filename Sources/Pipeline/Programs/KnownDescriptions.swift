package import Artifacts
import Glibc
import Synchronization
import SystemFiles

/// Answers to `--describe` that the store keeps by the identity of the program, for a day, since a program of one's own
/// may read what its identity does not know of. They may be deleted at any time.
package final class KnownDescriptions: Sendable {
  private let store: Store
  /// Answers of this process that are not kept yet.
  private let answers = Mutex<[Program: [UInt8]]>([:])

  private static let seconds = 86_400

  package init(store: Store) { self.store = store }

  private func path(of program: Program) -> String {
    "\(store.cacheFolder)/descriptions/\(Digest.of(program.identity).hexadecimal).json"
  }

  /// - Returns: `nil` if it is not known, or not for certain.
  func answer(of program: Program) -> [UInt8]? {
    let path = path(of: program)
    guard let status = Host.status(of: path), 0..<Self.seconds ~= Host.now - status.st_mtim.tv_sec else { return nil }
    return try? Files.read(path, limit: 16 << 20)
  }

  func learn(_ answer: [UInt8], of program: Program) { answers.withLock { $0[program] = answer } }

  /// Keeps what was learned; a failure costs time alone.
  func save() {
    for (program, answer) in answers.withLock({ $0 }) {
      let path = path(of: program)
      try? Files.makeFolders(Files.folder(of: path))
      try? Files.publish(answer, to: path, replacing: true, mode: 0o644, isDurable: false)
    }
  }
}
