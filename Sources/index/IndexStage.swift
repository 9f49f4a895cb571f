import ArgumentParser
import Artifacts
import CandidateIndex
import CanonicalJSON
import Interactions
import Kernels
import StageKit
import Tables
import TwoTower

extension IndexRecipe.Kind: ChoiceParam {}

enum PrefilterKind: String, ChoiceParam { case auto, none }

enum PrecisionKind: String, ChoiceParam {
  case auto, float32, float16, int8

  /// The precision that was given; nil if it is to be chosen.
  var fixed: VectorPrecision? { VectorPrecision(rawValue: rawValue) }
}

@main
struct IndexStage: Stage {
  static let name = "index"
  static let version = 5
  static let summary = "Build a nearest-neighbour index over the candidate embeddings."
  static let inputs = [Port("model", Model.type), Port("catalog", Catalog.candidates, optional: true)]
  static let outputs = [Port("index", IndexFile.type)]

  @OptionGroup(title: "Artifacts")
  var files: StageFiles

  @Option(help: ArgumentHelp("Kind of search; auto is exact if that is fast.", valueName: "kind"))
  var kind = IndexRecipe.Kind.auto

  @Option(
    help: ArgumentHelp(
      "An int8 copy of an exact index's vectors, to filter by; auto: from 20,000 candidates on.",
      valueName: "kind"))
  var prefilter = PrefilterKind.auto

  @Option(
    help: ArgumentHelp(
      "Recall of an approximate index: the share of the exact best k that it must find.", valueName: "share"))
  var targetRecall = 0.95

  @Option(help: ArgumentHelp("Length of the lists that recall is measured on.", valueName: "number"))
  var k = 100

  @Option(
    help: ArgumentHelp(
      "Precision of an approximate index's vectors: float32, float16 or int8; auto: the lowest that costs "
        + "less than half a percent of recall.", valueName: "kind"))
  var precision = PrecisionKind.auto

  @Option(
    help: ArgumentHelp("Number of leaves (partitions) of an approximate index; the cheapest on a sample if not given."))
  var leaves: Int?

  @Option(help: ArgumentHelp("Number of queries to measure recall on, and of others to choose search parameters with."))
  var proofQueries = 500

  @Option(help: ArgumentHelp("Random seed of the samples of queries and candidates.", valueName: "number"))
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
    let file = try context.input("model")
    let outline = try ModelOutline(file)
    if let catalog = try context.optionalInput("catalog"),
      let notice = try outline.vocabularies.unlearnt(in: Catalog(catalog))
    {
      context.note(notice)
    }
    func table(_ name: String, _ vocabulary: Vocabulary) throws -> SectionVectors {
      try SectionVectors(
        name, of: file, shape: [vocabulary.rows, outline.dimension], from: Int(EmbeddingRow.firstKnown.index))
    }
    let candidates = try table("candidate_embeddings", outline.vocabularies.candidate)
    let build = try IndexBuild(
      candidates, queries: table("query_embeddings", outline.vocabularies.query),
      recipe: recipe(threads: context.threads), path: context.output("index"))
    try build.publish(lineage: context.lineage())
    context.note("\(build.why), \(candidates.count) candidates of \(candidates.dimension) dimensions")
    if let times = build.times { context.note(times) }
  }

  private func recipe(threads: Int) -> IndexRecipe {
    var recipe = IndexRecipe()
    (recipe.kind, recipe.targetRecall, recipe.k, recipe.proofQueries) = (kind, targetRecall, k, proofQueries)
    (recipe.leaves, recipe.precision, recipe.prefiltered) = (leaves, precision.fixed, prefilter == .none ? false : nil)
    (recipe.seed, recipe.threads) = (seed, threads)
    return recipe
  }
}
