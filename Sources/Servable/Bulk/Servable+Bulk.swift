import Artifacts
import CandidateIndex
import CanonicalJSON
import SystemFiles

extension Servable {
  /// Writes every known query's list, in the order of the queries: block after block at the speed of the index for
  /// many, in memory for one block, resumed where a killed run stopped, and published whole.
  ///
  /// The bytes depend on servable and request alone, not on threads or on how often it was killed.
  ///
  /// - Parameter progress: called with the numbers of finished and of all queries, and of those that an earlier run
  ///   finished.
  /// - Throws: `ServableError`, or a `FileError`, also where `output` is there already.
  package func recommendAll(
    _ request: BulkRequest, to output: String, form: BulkForm, threads: Int,
    progress: (_ done: Int, _ of: Int, _ resumed: Int) -> Void = { _, _, _ in }
  ) throws {
    guard !Files.exists(output) else { throw FileError(output, SystemError.alreadyExists) }
    let filter = try narrowed(
      request.filter == FieldFilter() ? nil : candidates(allowedBy: request.filter), by: numbers(of: request.excluded))
    let key = JSON.object(["servable": JSON(file.digest.hexadecimal), "request": .object(request.params)]).text
    let blocks = try FinishedBlocks(
      beside: output, key: key, queries: queries.count, candidates: candidates.count)
    // What cannot be read is made again.
    let missing = (0..<blocks.count).filter { !blocks.isThere($0) }
    let resumed = queries.count - missing.reduce(0) { $0 + blocks.range(of: $1).count }
    var done = resumed
    progress(done, queries.count, resumed)
    for block in missing {
      let range = blocks.range(of: block)
      let lists = lists(
        of: range.map { $0 }, k: request.k, excludeSeen: request.excludeSeen, filter: filter, threads: threads)
      try blocks.write(RecommendationBlock(lists), as: block)
      done += range.count
      progress(done, queries.count, resumed)
    }
    switch form {
    case .artifact:
      try RecommendationsArtifact(servable: self, blocks: blocks, request: request).publish(to: output)
    case .csv, .jsonLines:
      try RecommendationsText(servable: self, blocks: blocks, form: form).publish(to: output, threads: threads)
    }
    blocks.remove()
  }
}
