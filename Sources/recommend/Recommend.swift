import ArgumentParser
import Artifacts
import CandidateIndex
import CanonicalJSON
import DisplayText
import Kernels
import ParallelLoops
import Servable
import SystemFiles

@main
struct Recommend: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Recommend from a servable: raw ids in, candidates and scores out.",
    discussion: """
      Unknown queries are reported and get popular items, or the list of the untrained out-of-vocabulary row if the model \
      has no popularity. To recommend to a user without an id, pass --history, or --feature where the model reads features.
      """)

  @OptionGroup
  var asked: QueryOptions

  @Option(help: ArgumentHelp("The servable.", valueName: "file"))
  var servable = "artifacts/serve-export/latest/servable.tandem"

  @Option(help: ArgumentHelp("The number of recommendations per query.", valueName: "number"))
  var k = 10

  @OptionGroup
  var allowed: FilterOptions

  @Flag(
    help: """
      Print under each recommendation the items of the history that contribute most to its score or, if the score is \
      not a sum over the history, the most similar ones; with --feature, what each feature contributes, and in a \
      context the query itself. For an item that training never saw, print what each of its own features contributes.
      """)
  var explain = false

  @Flag(
    help: """
      Print JSON: [{"query", "basis", "recommendations": [{"candidate", "score"}]}], and a "rating" beside each score if \
      the model predicts them.
      """)
  var json = false

  @Flag(help: "Read the servable into memory, in huge pages if available, instead of mapping it.")
  var load = false

  @Option(help: ArgumentHelp("The number of threads.", valueName: "number"))
  var threads: Int?

  @OptionGroup(title: "Every query at once")
  var bulk: BulkOptions

  /// The number of items that explain each recommendation.
  private static let reasons = 3

  func validate() throws {
    guard k > 0 else { throw ValidationError("--k is \(k); give at least 1") }
    if let threads, threads < 1 { throw ValidationError("--threads is \(threads); give at least 1") }
    try bulk.validate(isAlone: asked.isEmpty && !json && !explain)
    if asked.isEmpty, !bulk.allUsers {
      throw ValidationError(
        "no query is given; give ids, --queries FILE, --history TITLE, --feature COLUMN=VALUE or --all-users")
    }
  }

  func run() throws {
    StandardOutput.mustArrive()
    do {
      guard Files.exists(servable) else {
        throw FileError(servable, ValidationError("no servable there; run the pipeline, or give another --servable"))
      }
      let servable = try Servable(path: servable, loaded: load)
      let threads = threads ?? availableProcessors()
      try servable.require(allowed.exclude)
      if bulk.allUsers {
        let request = BulkRequest(
          k: k, excludeSeen: allowed.excludeSeen, excluded: allowed.exclude, filter: allowed.fieldFilter)
        return try bulk.run(servable, request, threads: threads)
      }
      var printer = AnswerPrinter(servable, json: json)
      let filter = try allowed.filter(of: servable)
      if !asked.history.isEmpty { try answerHistory(servable, filter, &printer) }
      if !asked.feature.isEmpty { try reportUnknownValues(servable) }
      if !asked.feature.isEmpty, !asked.hasIDs { try answerFeatures(servable, filter, &printer) }
      try answerIDs(servable, filter, &printer, threads: threads)
      printer.finish()
    } catch {
      StandardError.write(line: "recommend: \(error)")
      throw ExitCode(1)
    }
  }

  private func answerHistory(
    _ servable: Servable, _ filter: CandidateFilter?, _ printer: inout AnswerPrinter
  ) throws {
    let history = try asked.knownHistory(of: servable)
    let answer = try servable.recommend(
      "somebody who chose \(history.joined(separator: ", "))", history: history, k: k, excluding: allowed.exclude,
      filter: filter)
    try printer.take(
      answer, features: [:],
      explanations: explanations(of: answer) {
        try servable.explain(to: .history(history), candidate: $0, limit: Self.reasons)
      })
  }

  /// - Throws: if features are given with ids, and the model reads no context in which these could be asked.
  private func reportUnknownValues(_ servable: Servable) throws {
    if asked.hasIDs, !servable.readsContext {
      throw ValidationError(
        "both ids and --feature are given, and the model's query tower reads no context, in which an id could be asked; "
          + "give one of them")
    }
    for value in try servable.unknownValues(of: asked.features) {
      StandardError.write(line: "recommend: the model knows no \(value.printable); left out of the features")
    }
  }

  private func answerFeatures(
    _ servable: Servable, _ filter: CandidateFilter?, _ printer: inout AnswerPrinter
  ) throws {
    let answer = try servable.recommend(
      "somebody with \(asked.feature.joined(separator: ", "))", features: asked.features, k: k,
      excluding: allowed.exclude, filter: filter)
    try printer.take(
      answer, features: asked.features,
      explanations: explanations(of: answer) {
        try servable.explain(to: .features(asked.features), candidate: $0, limit: Self.reasons)
      })
  }

  /// Recommends to ids block by block, so that the first lists are printed early.
  private func answerIDs(
    _ servable: Servable, _ filter: CandidateFilter?, _ printer: inout AnswerPrinter, threads: Int
  ) throws {
    let ids = try asked.ids()
    for start in stride(from: 0, to: ids.count, by: 1024) {
      let block = ids[start..<min(start + 1024, ids.count)]
      let answers = parallelMap(block.count, threads: threads) { place in
        Result {
          let query = block[start + place]
          return asked.feature.isEmpty
            ? try servable.recommend(
              query, k: k, excludeSeen: allowed.excludeSeen, excluding: allowed.exclude, filter: filter)
            : try servable.recommend(
              query: query, features: asked.features, k: k, excludeSeen: allowed.excludeSeen,
              excluding: allowed.exclude, filter: filter)
        }
      }
      for answer in try answers.map({ try $0.get() }) {
        try printer.take(
          answer, features: asked.features,
          explanations: explanations(of: answer) {
            try servable.explain(
              to: .query(answer.query, features: asked.features), candidate: $0, limit: Self.reasons)
          })
      }
    }
  }

  /// Returns an explanation for each recommendation with --explain, otherwise none.
  private func explanations(
    of answer: Servable.Answer, _ explain: (_ candidate: String) throws -> ExplainedScore?
  ) throws -> [ExplainedScore?] {
    self.explain ? try answer.recommendations.map { try explain($0.candidate) } : []
  }
}
