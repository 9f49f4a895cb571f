import Artifacts
import CandidateIndex
import Kernels

/// Writes the index that the options ask for, reading the model's tables as streams.
struct IndexBuild {
  let candidates: SectionVectors
  let queries: SectionVectors
  let options: IndexStage
  let threads: Int

  /// Sections that are written, and what stands beside them.
  struct Built {
    let writer: ArtifactWriter
    let schema: [String: JSON]
    let why: String
    var facts: [Summary.Item] = []
    /// What the report of a run shows.
    var highlights: [Summary.Item] = []
    /// What the clock said, which is no part of an artifact: its bytes are the same in every run.
    var times: String?
  }

  func write(to path: String) throws -> Built {
    switch options.kind {
    case .exact: return try exact(path, "exact as asked")
    case .auto:
      let (isFast, why) = ExactIndex.isFast(
        count: candidates.count, dimension: candidates.dimension, k: options.k)
      if isFast { return try exact(path, "exact: \(why)") }
    case .approximate: break
    }
    guard candidates.count > 0, queries.count > 1 else {
      return try exact(path, "exact: there are too few queries to measure recall with")
    }
    return try approximate(path)
      ?? exact(
        path,
        "exact: no approximate search reaches recall@\(options.k) \(options.targetRecall) at less than its cost")
  }

  private func writer(_ path: String) throws -> ArtifactWriter {
    try ArtifactWriter(path: path, type: IndexFile.type)
  }

  private func exact(_ path: String, _ why: String) throws -> Built {
    let writer = try writer(path)
    let schema = try ExactIndex.write(
      candidates, prefiltered: options.prefilter == .none ? false : nil, to: writer, threads: threads)
    return Built(writer: writer, schema: schema, why: why)
  }

  /// Nil where no effort reaches the recall at less than an exact search costs; nothing of what was written is left
  /// then.
  private func approximate(_ path: String) throws -> Built? {
    var settings = ApproximateIndex.Settings(leaves: 1)
    settings.seed = options.seed
    settings.threads = threads
    let sample = try QuerySample(queries, proof: options.proofQueries, seed: options.seed)
    let trial = try SettingsTrial(
      candidates, queries: sample, k: options.k, target: options.targetRecall, settings: settings,
      leaves: options.leaves, precision: options.precision.fixed)
    let writer = try writer(path)
    let begin = ContinuousClock.now
    let index = try ApproximateIndex(candidates, queries: sample.asking, settings: trial.settings, into: writer)
    let built = ContinuousClock.now - begin
    let truth = try candidates.search(sample.proving, k: options.k, threads: threads)
    let tuning = Tuning(index, truth: truth, queries: sample.proving, k: options.k, threads: threads)
    guard let certificate = tuning.certificate(target: options.targetRecall) else { return nil }
    return Built(
      writer: writer, schema: index.with(certificate.point.parameters).schema,
      why: "approximate, recall@\(certificate.k) \(decimals(certificate.point.recall, 4)), "
        + "\(decimals(certificate.point.scanned, 0)) candidates scanned a query",
      facts: certificate.summary + Self.facts(of: index) + trial.summary, highlights: [certificate.drawnCurve],
      times: "built in \(decimals(built / .seconds(1), 1)) s; a query takes "
        + "\(decimals(tuning.time(of: certificate.point.parameters) / .microseconds(1), 1)) µs on one thread")
  }

  private static func facts(of index: ApproximateIndex) -> [Summary.Item] {
    let bytes = index.bytesPerCandidate
    return [
      .fact("leaves", "\(index.leafCount)"), .fact("precision of vectors", index.precision.rawValue),
      .fact(
        "bytes a candidate",
        "\(decimals(bytes.codes, 1)) of codes, numbers and places, \(decimals(bytes.vectors, 1)) of vectors"),
    ]
  }
}
