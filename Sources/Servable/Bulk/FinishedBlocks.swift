import Artifacts
import Glibc
import SystemFiles

/// The finished blocks of lists, in a folder next to the output, from which a killed run is resumed.
///
/// The folder has a key of servable and request; blocks with another key are discarded.
struct FinishedBlocks: Sendable {
  /// The number of queries in every block except the last.
  static let size = 4096

  let folder: String
  private let queries: Int
  private let candidates: Int

  var count: Int { (queries + Self.size - 1) / Self.size }

  /// Opens or makes the folder.
  ///
  /// - Parameter key: identifies the servable and the request.
  init(beside output: String, key: String, queries: Int, candidates: Int) throws {
    folder = "\(output).unfinished"
    self.queries = queries
    self.candidates = candidates
    let keyFile = "\(folder)/key"
    if Files.exists(folder), (try? Files.read(keyFile, limit: 1 << 20)) != Array(key.utf8) { Files.remove(folder) }
    guard !Files.exists(folder) else {
      Files.sweepTemporaries(in: folder, olderThan: 0)
      return
    }
    try Files.makeFolders(folder)
    try Files.publish(Array(key.utf8), to: keyFile, replacing: true)
  }

  func range(of block: Int) -> Range<Int> { block * Self.size..<min((block + 1) * Self.size, queries) }

  private func path(of block: Int) -> String { "\(folder)/\(block)" }

  func isThere(_ block: Int) -> Bool { Files.exists(path(of: block)) && (try? read(block)) != nil }

  /// Reads a block.
  ///
  /// - Throws: `FileError` if it is missing or damaged.
  func read(_ block: Int) throws -> RecommendationBlock {
    let path = path(of: block)
    guard
      let read = RecommendationBlock(
        try Files.read(path), queries: range(of: block).count, candidateCount: candidates)
    else { throw FileError(path, ArtifactError.damaged(part: "the block")) }
    return read
  }

  /// Writes a block, not durably: its checksum shows whether it survived a loss of power.
  func write(_ block: RecommendationBlock, as number: Int) throws {
    try Files.publish(block.bytes, to: path(of: number), replacing: true, mode: 0o644, isDurable: false)
  }

  func remove() { Files.remove(folder) }
}
