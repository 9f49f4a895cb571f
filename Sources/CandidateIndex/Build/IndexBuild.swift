package import Artifacts
import CanonicalJSON
import DisplayText
import Kernels
import SystemFiles

/// The artifact of an index, written by a recipe from vectors that are read as streams.
package struct IndexBuild {
  /// The kind of the index and the reason for it, in one line.
  package let why: String
  /// The measured times; `nil` for an exact index. It is no part of the artifact, whose bytes are the same in every
  /// run.
  package let times: String?
  private let writer: ArtifactWriter
  private let schema: [String: JSON]
  private let counts: VectorCounts
  private let tuned: TunedIndex?

  /// Writes the sections of the index into a temporary file beside `path`, which `publish` puts there.
  ///
  /// - Parameters:
  ///   - queries: of the same space; an approximate index learns from them, and its recall is measured on others of
  ///     them.
  ///   - path: where nothing is.
  /// - Throws: errors of a source, and `FileError` if the file cannot be written.
  package init(
    _ candidates: some VectorSource, queries: some VectorSource, recipe: IndexRecipe, path: String
  ) throws {
    func exact(_ why: String) throws -> IndexBuild {
      let writer = try ArtifactWriter(path: path, type: IndexFile.type)
      let schema = try ExactIndex.write(
        candidates, prefiltered: recipe.prefiltered, to: writer, threads: recipe.threads)
      return IndexBuild(
        why: why, writer: writer, schema: schema, counts: try VectorCounts(candidates, threads: recipe.threads))
    }
    if let why = recipe.reasonForExact(count: candidates.count, dimension: candidates.dimension) {
      self = try exact(why)
    } else if candidates.count == 0 || queries.count < 2 {
      self = try exact("exact: there are too few queries to measure recall with")
    } else if let built = try Self.approximate(candidates, queries: queries, recipe: recipe, path: path) {
      self = built
    } else {
      self = try exact(
        "exact: no approximate search reaches recall@\(recipe.k) \(recipe.targetRecall) at less than its cost")
    }
  }

  private init(
    why: String, writer: ArtifactWriter, schema: [String: JSON], counts: VectorCounts, tuned: TunedIndex? = nil,
    times: String? = nil
  ) {
    self.why = why
    self.writer = writer
    self.schema = schema
    self.counts = counts
    self.tuned = tuned
    self.times = times
  }

  /// Nil if no search parameters reach the recall at less than an exhaustive search costs; the written file is gone
  /// then.
  private static func approximate(
    _ candidates: some VectorSource, queries: some VectorSource, recipe: IndexRecipe, path: String
  ) throws -> IndexBuild? {
    let sample = try QuerySample(queries, proof: recipe.proofQueries, seed: recipe.seed)
    let writer = try ArtifactWriter(path: path, type: IndexFile.type)
    guard let tuned = try recipe.tuned(candidates, queries: sample, into: writer) else { return nil }
    let point = tuned.certificate.point
    return IndexBuild(
      why: "approximate, recall@\(tuned.certificate.k) \(decimals(point.recall, 4)), "
        + "\(decimals(point.scanned, 0)) candidates scanned a query",
      writer: writer, schema: tuned.index.schema, counts: try VectorCounts(candidates, threads: recipe.threads),
      tuned: tuned, times: tuned.times())
  }

  /// Puts the artifact in its place.
  package func publish(lineage: Lineage) throws {
    try writer.publish(
      lineage: lineage,
      summary: Summary(
        [
          .fact("kind", schema["kind"]?.string ?? ""), .fact("why", why),
          .fact("candidates", "\(schema["count"]?.integer ?? 0)"),
          .fact("dimension", "\(schema["dimension"]?.integer ?? 0)"),
        ] + counts.summary + (tuned?.summary ?? []), highlights: tuned.map { [$0.certificate.drawnCurve] } ?? []),
      schema: .object(schema))
  }
}
