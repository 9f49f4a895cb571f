package import Artifacts
import CanonicalJSON
import SystemFiles

/// The runs that a store has records of, the newest first.
package struct StoredRuns: Sendable {
  package let store: Store
  /// The pipeline whose runs count; `nil` for all that share the store.
  package let pipeline: String?

  package init(_ store: Store, pipeline: String? = nil) {
    self.store = store
    self.pipeline = pipeline
  }

  private var folder: String { "\(store.root)/\(Store.runsFolder)" }

  /// Identifiers of all runs, of whatever pipeline, the newest first.
  ///
  /// - Throws: `FileError` if the folder is there and cannot be listed.
  package func identifiers() throws -> [String] {
    guard Files.exists(folder) else { return [] }
    // "…Z-10" comes after "…Z-9".
    return try Files.list(folder, passingOverForeignNames: true).filter { !$0.hasPrefix(".") }.sorted {
      ($0.prefix(17), $0.utf8.count, $0) > ($1.prefix(17), $1.utf8.count, $1)
    }
  }

  /// The newest runs.
  ///
  /// - Parameter matching: whether a run counts.
  /// - Complexity: O(*n*) to list *n* runs; only as many records are read as it takes to find `count`.
  package func last(_ count: Int, where matching: (StoredRun) -> Bool = { _ in true }) throws -> [StoredRun] {
    var runs: [StoredRun] = []
    for identifier in try identifiers() where runs.count < count {
      guard let run = StoredRun(identifier, in: store), pipeline == nil || run.pipeline == pipeline, matching(run)
      else {
        continue
      }
      runs.append(run)
    }
    return runs
  }

  /// Finds a run by its identifier or the beginning of it, by "latest", or by "latest~2" for the second before it.
  ///
  /// "latest" is the newest run that finished.
  package func find(_ text: String) throws -> StoredRun {
    let parts = text.split(separator: "~", maxSplits: 1, omittingEmptySubsequences: false)
    if parts[0] == "latest" {
      guard let before = parts.count == 1 ? 0 : Int(parts[1]), 0...100_000 ~= before else {
        throw RunError.noRun(text, store: store.root)
      }
      let runs = try last(before + 1) { $0.state == .finished }
      guard runs.count == before + 1 else { throw RunError.tooFewRuns(text, finished: runs.count) }
      return runs[before]
    }
    let found = try identifiers().filter { $0.hasPrefix(text) }
    let exact = found.contains(text) ? [text] : found
    guard exact.count <= 1 else { throw RunError.severalRuns(text, Array(exact.prefix(3))) }
    guard let identifier = exact.first, !text.isEmpty else { throw RunError.noRun(text, store: store.root) }
    guard let run = StoredRun(identifier, in: store) else { throw RunError.unreadable(identifier, store: store.root) }
    guard pipeline == nil || run.pipeline == pipeline else {
      throw RunError.otherPipeline(identifier, pipeline: run.pipeline)
    }
    return run
  }

  /// Keeps all versions of a run from being removed.
  ///
  /// - Parameter note: why, for people.
  /// - Returns: `false` if it was pinned before.
  package func pin(_ run: StoredRun, note: String?) throws -> Bool {
    guard !run.isPinned else { return false }
    let json: JSON = ["pinned": JSON(Host.timestamp), "note": JSON(optional: note)]
    try Files.publish(
      json.document, to: "\(run.folder)/\(StoredRun.pinName)", replacing: true, mode: 0o644)
    return true
  }

  /// - Returns: `false` if it was not pinned.
  package func unpin(_ run: StoredRun) -> Bool {
    guard run.isPinned else { return false }
    Files.remove("\(run.folder)/\(StoredRun.pinName)")
    return true
  }
}
