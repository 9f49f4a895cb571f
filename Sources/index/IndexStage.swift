import ArgumentParser
import Artifacts
import CandidateIndex
import Interactions
import Kernels
import StageKit
import TwoTower

enum IndexKind: String, ChoiceParam { case auto, exact, approximate }

enum PrefilterKind: String, ChoiceParam { case auto, none }

@main
struct IndexStage: Stage {
  static let name = "index"
  static let version = 3
  static let summary = "Build a nearest-neighbour index over the candidate embeddings."
  static let inputs = [Port("model", Model.type), Port("catalog", Catalog.candidates, optional: true)]
  static let outputs = [Port("index", StoredIndex.type)]

  /// Below so many candidates an exact search takes some tens of microseconds, and nothing is won by another.
  static let leastForApproximate = VectorIndex.leastForApproximate

  @OptionGroup(title: "Artifacts")
  var files: StageFiles

  @Option(help: ArgumentHelp("How candidates are searched; auto is exact where that is fast.", valueName: "kind"))
  var kind = IndexKind.auto

  @Option(
    help: ArgumentHelp(
      "Whether an exact index has its vectors in bytes too, for speed; auto: from 20,000 candidates on.",
      valueName: "kind"))
  var prefilter = PrefilterKind.auto

  @Option(help: ArgumentHelp("Share of the exact best k that an approximate search finds.", valueName: "share"))
  var targetRecall = 0.95

  @Option(help: ArgumentHelp("Length of the lists that the recall is about.", valueName: "number"))
  var k = 100

  @Option(help: ArgumentHelp("Parts that candidates are divided into; chosen by their number if not given."))
  var leaves: Int?

  @Option(help: ArgumentHelp("Queries that the recall is measured on, and as many that the effort is chosen with."))
  var proofQueries = 500

  @Option(help: ArgumentHelp("What samples of queries and candidates are drawn from.", valueName: "number"))
  var seed: UInt64 = 42

  func validate() throws {
    guard targetRecall > 0, targetRecall <= 1 else {
      throw ValidationError("--target-recall is \(targetRecall); give a share above 0, at most 1")
    }
    guard 1...10_000 ~= k else { throw ValidationError("--k is \(k); give 1 to 10000") }
    if let leaves, leaves < 1 { throw ValidationError("--leaves is \(leaves); give at least 1") }
    guard proofQueries > 0 else { throw ValidationError("--proof-queries is \(proofQueries); give at least 1") }
  }

  func run(in context: StageContext) throws {
    let model = try Model(context.input("model"))
    if let catalog = try context.optionalInput("catalog") { try model.requireCandidates(of: Catalog(catalog)) }
    let exact = ExactIndex(
      model.candidates, rows: 1..<model.candidates.rows, prefiltered: prefilter == .none ? false : nil,
      threads: context.threads)
    let (index, why, certificate) = build(model, exact, context)
    let counts = VectorCounts(model.candidates, rows: 1..<model.candidates.rows, threads: context.threads)
    try index.publish(
      to: context.output("index"), lineage: context.lineage(),
      summary: Summary(
        [
          .fact("kind", index.isExact ? "exact" : "approximate"), .fact("why", why),
          .fact("candidates", "\(index.count)"), .fact("dimension", "\(index.dimension)"),
        ] + counts.summary + (certificate?.summary ?? [])))
    context.note("\(why), \(index.count) candidates of \(index.dimension) dimensions")
  }

  private func build(
    _ model: Model, _ exact: ExactIndex, _ context: StageContext
  ) -> (StoredIndex, why: String, Certificate?) {
    switch kind {
    case .exact: return (.exact(exact), "exact as asked", nil)
    case .auto where exact.count < Self.leastForApproximate:
      return (.exact(exact), "exact: fast enough below \(Self.leastForApproximate) candidates", nil)
    case .auto, .approximate: break
    }
    guard exact.count > 0, model.queries.rows > 2 else {
      return (.exact(exact), "exact: there are too few queries to measure recall with", nil)
    }
    var settings = ApproximateIndex.Settings(leaves: leaves ?? ApproximateIndex.Settings.leaves(for: exact.count))
    settings.seed = seed
    settings.threads = context.threads
    let (asking, proving) = samples(of: model)
    let approximate = ApproximateIndex(
      model.candidates, rows: 1..<model.candidates.rows, queries: asking, settings: settings)
    let tuning = Tuning(approximate, exact: exact, queries: proving, k: k, threads: context.threads)
    guard let certificate = tuning.certificate(target: targetRecall) else {
      return (
        .exact(exact), "exact: no approximate search reaches recall@\(k) \(targetRecall) at less than its cost", nil
      )
    }
    return (
      .approximate(approximate.with(certificate.point.effort)),
      "approximate, recall@\(certificate.k) \(decimals(certificate.point.recall, 4)), "
        + "\(decimals(certificate.point.scanned, 0)) candidates scanned a query", certificate
    )
  }

  /// Vectors of queries that the model knows, what will be asked, and never candidates: those that say in which
  /// directions queries lie, and others that the index is tuned and proved by.
  private func samples(of model: Model) -> (asking: Matrix, proving: Matrix) {
    let sample = QuerySample(
      model.queries, rows: (1..<Int32(model.queries.rows)).map { $0 }, proof: proofQueries, seed: seed)
    return (sample.asking, sample.proving)
  }
}
