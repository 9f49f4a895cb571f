import ArgumentParser
import Artifacts
import DisplayText
import Interactions
import Monitoring
import Servable
import StageKit
import SystemFiles
import Tables

@main
struct BulkRecommendStage: DivisibleStage {
  static let name = "bulk-recommend"
  static let version = 1
  static let summary = "Recommend to every query that a servable knows, or to those of a table: a list for each."
  static let inputs = [
    Port("servable", Servable.type), Port("users", Catalog.users, or: Interactions.type, optional: true),
  ]
  static let outputs = [Port("recommendations", RecommendationsArtifact.type)]

  @OptionGroup(title: "Artifacts")
  var files: StageFiles

  @OptionGroup(title: "Blocks of queries")
  var blocks: BlockOptions

  @Option(help: ArgumentHelp("Length of each list.", valueName: "number"))
  var k = 10

  @Option(
    help: ArgumentHelp(
      "Exclude items that the query has in training; for item-to-item models, the query itself.", valueName: "boolean"))
  var excludeSeen = false

  @Option(help: ArgumentHelp("Exclude a candidate; repeat for several.", valueName: "title"))
  var exclude: [String] = []

  @Option(
    help: ArgumentHelp(
      "Recommend only candidates with this value in the catalog: any of several values of one field, and all of "
        + "several fields. Numbers may be ranges, as year=1990..1999. Repeat for several.", valueName: "field=value"))
  var only: [String] = []

  @Option(
    help: ArgumentHelp(
      "Exclude candidates with this value in the catalog; repeat for several.", valueName: "field=value"))
  var not: [String] = []

  func validate() throws {
    guard k > 0 else { throw ValidationError("--k is \(k); give at least 1") }
    for (option, conditions) in [("--only", only), ("--not", not)] {
      if let wrong = conditions.first(where: { FieldFilter.Condition($0) == nil }) {
        throw ValidationError("\(option) is \"\(wrong)\"; give a field and a value, as \(option) genres=Comedy")
      }
    }
  }

  func run(in context: StageContext) throws {
    let servable = try Servable(path: context.input("servable").path)
    let bulk = try BulkRecommender(
      servable, request, queries: queries(of: servable, context), lineage: context.lineage())
    if bulk.allowedCandidates == 0 { context.note("no candidate matches --only, --not and --exclude; loosen them") }
    // Without --work they lie beside the output, as those of `recommend --all-users` do.
    let folder = context.work.map { "\($0)/lists" } ?? "\(context.output("recommendations")).unfinished"
    let parts = try context.blocks(of: bulk.queries.count) { range in
      ListedRange(range, try lists(of: range, by: bulk, in: folder, context))
    }
    guard let parts else { return }
    let blocks = try parts.map { try $0.blocks ?? lists(of: $0.range, by: bulk, in: folder, context) }
    let lines = try RecommendationsArtifact(bulk, blocks).publish(to: context.output("recommendations"))
    Files.remove(folder)
    context.note(lines.joined(separator: "; "))
  }

  private var request: BulkRequest {
    BulkRequest(
      k: k, excludeSeen: excludeSeen, excluded: exclude,
      filter: FieldFilter(
        only: only.compactMap { FieldFilter.Condition($0) }, not: not.compactMap { FieldFilter.Condition($0) }))
  }

  /// The queries of the input "users", or all.
  private func queries(of servable: Servable, _ context: StageContext) throws -> AskedQueries {
    guard let file = try context.optionalInput("users") else { return AskedQueries(allOf: servable) }
    let column = servable.facts.queryColumn
    return try naming(file.path) {
      if file.header.type == Catalog.users.name {
        return AskedQueries(try Catalog(file).values(of: column).dictionary, of: servable)
      }
      let table = try TableFile("interactions", from: file)
      guard table.kind(column) == .text else {
        throw DataError.noColumn(
          column, of: "interactions", there: table.columns.filter { $0.kind == .text }.map(\.name))
      }
      return AskedQueries(try table.text(column).dictionary, of: servable)
    }
  }

  /// Makes the lists of a range of the queries, and says how far that is.
  private func lists(
    of range: Range<Int>, by bulk: BulkRecommender, in folder: String, _ context: StageContext
  ) throws -> FinishedBlocks {
    var work: WorkProgress?
    return try bulk.lists(
      of: range, in: "\(folder)/\(range.lowerBound)-\(range.upperBound)", threads: context.threads
    ) { done, all, resumed in
      if work == nil {
        work = WorkProgress(parts: all - resumed, say: context.note)
        if 0 < resumed && resumed < all {
          context.note("\(resumed) of \(all) queries were finished by an earlier run")
        }
      }
      work?.finished(done - resumed, "recommended to \(done) of \(all) queries")
    }
  }
}
