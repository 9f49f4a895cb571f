import Artifacts
import SystemFiles

extension Servable {
  /// Writes every known query's list, in the order of the queries, resumed where a killed run stopped, and published
  /// whole.
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
    let lineage = Lineage(
      stage: "recommend", stageVersion: 1, params: request.params, inputs: ["servable": file.digest])
    let bulk = try BulkRecommender(self, request, queries: AskedQueries(allOf: self), lineage: lineage)
    let blocks = try bulk.lists(
      of: 0..<queries.count, in: "\(output).unfinished", threads: threads, progress: progress)
    switch form {
    case .artifact: try RecommendationsArtifact(bulk, [blocks]).publish(to: output)
    case .csv, .jsonLines:
      try RecommendationsText(bulk: bulk, blocks: blocks, form: form).publish(to: output, threads: threads)
    }
    blocks.remove()
  }
}
