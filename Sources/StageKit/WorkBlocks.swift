package import Artifacts
import SystemFiles

/// What a block of a stage's work hands over to the process that makes the outputs.
package protocol BlockResult {
  init(_ file: ArtifactFile) throws
  /// Writes the result as an artifact of `WorkBlocks.type`.
  func publish(to path: String, lineage: Lineage) throws
}

/// The division of a stage's work into blocks, whose results lie in a folder until the outputs are made of them.
package struct WorkBlocks: Sendable {
  /// The type of a block's result, which never leaves the folder.
  package static let type = ArtifactType("work-block", version: 1)

  let count: Int
  /// The block that this process does alone, from 1; `nil` if it makes the outputs of all of them.
  let only: Int?
  let folder: String

  private func path(of block: Int) -> String { "\(folder)/block-\(block)-of-\(count).tandem" }

  /// The part of `total` things that is a block's.
  func range(of block: Int, total: Int) -> Range<Int> { total * (block - 1) / count..<total * block / count }

  /// The result of a block that was done before, by a process that was given the same; `nil` if there is none, or it is
  /// not whole.
  func result(of block: Int, lineage: Lineage) -> ArtifactFile? {
    guard let file = try? ArtifactFile(path: path(of: block), type: Self.type), file.header.lineage == lineage,
      (try? file.verify()) != nil
    else { return nil }
    return file
  }

  /// Keeps the result of a block.
  func keep(_ result: some BlockResult, of block: Int, lineage: Lineage) throws {
    let path = path(of: block)
    try Files.makeFolders(folder)
    Files.remove(path)
    do { try result.publish(to: path, lineage: lineage) } catch {
      // Another process may have done the same block meanwhile, as where a host that was given up wakes up.
      guard self.result(of: block, lineage: lineage) != nil else { throw error }
    }
  }

  /// Removes the results of all blocks.
  func removeAll() {
    for block in 1...count { Files.remove(path(of: block)) }
  }
}

extension StageContext {
  /// Does the stage's work on `total` things: on all of them at once, or block by block if it is divided.
  ///
  /// - Parameter make: does the work on some of them, which may be none.
  /// - Returns: the results in the order of the things; `nil` if this process does one block alone, whose result is kept.
  package func blocks<Result: BlockResult>(
    of total: Int, _ make: (Range<Int>) throws -> Result
  ) throws -> [Result]? {
    guard let blocks else { return [try make(0..<total)] }
    let lineage = try lineage()
    func done(_ block: Int) throws -> Result {
      if let kept = blocks.result(of: block, lineage: lineage) { return try Result(kept) }
      note("does block \(block) of \(blocks.count)")
      let result = try make(blocks.range(of: block, total: total))
      try blocks.keep(result, of: block, lineage: lineage)
      return result
    }
    guard let only = blocks.only else { return try (1...blocks.count).map(done) }
    _ = try done(only)
    return nil
  }

  /// The block that this process does alone, from 1, of how many; `nil` if it makes the outputs.
  package var block: (number: Int, count: Int)? {
    blocks.flatMap { blocks in blocks.only.map { ($0, blocks.count) } }
  }

  /// Prints a line that every block of the work would print, and the first does.
  package func noteForAll(_ text: String) {
    if (block?.number ?? 1) == 1 { note(text) }
  }

  /// `true` if this process is to do one block alone, and that was done before.
  func isBlockDone() throws -> Bool {
    guard let blocks, let only = blocks.only else { return false }
    return try blocks.result(of: only, lineage: lineage()) != nil
  }
}
