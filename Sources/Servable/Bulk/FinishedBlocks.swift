import Artifacts
import Glibc
import SystemFiles

/// The finished blocks of lists, in a folder, from which a killed run is resumed.
///
/// The folder has the lineage of the lists; blocks of another lineage are discarded.
package struct FinishedBlocks: Sendable {
  /// The number of queries in every block except the last.
  static let size = 4096

  let folder: String
  /// Places of the queries among those that are asked.
  private let queries: Range<Int>
  private let candidates: Int
  private let hasRatings: Bool

  var count: Int { (queries.count + Self.size - 1) / Self.size }

  /// Opens or makes the folder, unless there are no queries.
  ///
  /// - Parameters:
  ///   - key: identifies the servable, the request and the queries.
  ///   - hasRatings: `true` if each recommendation has a predicted rating beside its score.
  init(in folder: String, key: String, queries: Range<Int>, candidates: Int, hasRatings: Bool) throws {
    self.folder = folder
    self.queries = queries
    self.candidates = candidates
    self.hasRatings = hasRatings
    guard !queries.isEmpty else { return }
    let keyFile = "\(folder)/key"
    if Files.exists(folder), (try? Files.read(keyFile, limit: 64 << 20)) != Array(key.utf8) { Files.remove(folder) }
    guard !Files.exists(folder) else {
      Files.sweepTemporaries(in: folder, olderThan: 0)
      return
    }
    try Files.makeFolders(folder)
    try Files.publish(Array(key.utf8), to: keyFile, replacing: true)
  }

  func range(of block: Int) -> Range<Int> {
    let start = queries.lowerBound + block * Self.size
    return start..<min(start + Self.size, queries.upperBound)
  }

  private func path(of block: Int) -> String { "\(folder)/\(block)" }

  func isThere(_ block: Int) -> Bool { Files.exists(path(of: block)) && (try? read(block)) != nil }

  /// Reads a block.
  ///
  /// - Throws: `FileError` if it is missing or damaged.
  func read(_ block: Int) throws -> RecommendationBlock {
    let path = path(of: block)
    guard
      let read = RecommendationBlock(
        try Files.read(path), queries: range(of: block).count, candidateCount: candidates, hasRatings: hasRatings)
    else { throw FileError(path, ArtifactError.damaged(part: "the block")) }
    return read
  }

  /// Writes a block, not durably: its checksum shows whether it survived a loss of power.
  func write(_ block: RecommendationBlock, as number: Int) throws {
    try Files.publish(block.bytes, to: path(of: number), replacing: true, mode: 0o644, isDurable: false)
  }

  func remove() { Files.remove(folder) }
}
