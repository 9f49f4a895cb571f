import ArgumentParser
import Artifacts
import CandidateIndex
import CanonicalJSON
import Kernels
import ParallelLoops
import Servable
import SystemFiles

@main
struct Recommend: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Ask a servable: raw ids in, candidates and scores out.",
    discussion: """
      A query that the model does not know is answered by popularity, or from its untrained row, as the model has it, \
      and named. Of somebody whom training never saw, tell the history.
      """)

  @Argument(help: "Raw ids, such as users.")
  var queries: [String] = []

  @Option(
    name: .customLong("queries"),
    help: ArgumentHelp("A file with one raw id a line; \"-\" for standard input.", valueName: "file"))
  var queriesFile: String?

  @Option(help: ArgumentHelp("The servable.", valueName: "file"))
  var servable = "artifacts/serve-export/latest/servable.tandem"

  @Option(help: ArgumentHelp("How many recommendations for each.", valueName: "number"))
  var k = 10

  @Option(
    help: ArgumentHelp("Answer for somebody who chose this candidate; repeat for several.", valueName: "title"))
  var history: [String] = []

  @Flag(help: "Leave out what the query had in training; item to item: the query itself.")
  var excludeSeen = false

  @Option(help: ArgumentHelp("Leave out a candidate; repeat for several.", valueName: "title"))
  var exclude: [String] = []

  @Option(
    help: ArgumentHelp(
      "Recommend only what has this in the catalog: of one field any of several values, of several fields all. "
        + "Numbers may be ranges, as year=1990..1999. Repeat for several.", valueName: "field=value"))
  var only: [String] = []

  @Option(help: ArgumentHelp("Leave out what has this in the catalog; repeat for several.", valueName: "field=value"))
  var not: [String] = []

  @Flag(
    help: """
      Under each recommendation what of the history speaks most for it: what it adds to the score, or how similar it is \
      where the score is no sum over the history.
      """)
  var explain = false

  @Flag(help: "Print JSON: [{\"query\", \"basis\", \"recommendations\": [{\"candidate\", \"score\"}]}].")
  var json = false

  @Flag(help: "Read the servable into memory, in large pages where there are any, rather than map it.")
  var load = false

  @Option(help: ArgumentHelp("Threads to use.", valueName: "number"))
  var threads: Int?

  @OptionGroup(title: "Every query at once")
  var bulk: BulkOptions

  /// How many of a history are named for each recommendation.
  private static let reasons = 3

  func validate() throws {
    guard k > 0 else { throw ValidationError("--k is \(k); give at least 1") }
    if let threads, threads < 1 { throw ValidationError("--threads is \(threads); give at least 1") }
    for (option, conditions) in [("--only", only), ("--not", not)] {
      if let wrong = conditions.first(where: { FieldFilter.Condition($0) == nil }) {
        throw ValidationError("\(option) is \"\(wrong)\"; give a field and a value, as \(option) genres=Comedy")
      }
    }
    try bulk.validate(
      isAlone: queries.isEmpty && queriesFile == nil && history.isEmpty && !json && !explain)
    if queries.isEmpty, queriesFile == nil, history.isEmpty, !bulk.allUsers {
      throw ValidationError("nobody to recommend to: give ids, --queries FILE, --history TITLE or --all-users")
    }
    if !history.isEmpty, !queries.isEmpty || queriesFile != nil {
      throw ValidationError("--history stands for somebody without an id; leave the ids out")
    }
  }

  /// What the servable has of the history; the rest is named.
  ///
  /// - Throws: where it has nothing of it.
  private func knownHistory(of servable: Servable) throws -> [String] {
    let (known, unknown) = servable.parted(history)
    for title in unknown {
      do { try servable.require([title]) } catch {
        if known.isEmpty { throw error }
        StandardError.write(line: "recommend: \(error); left out of the history")
      }
    }
    return known
  }

  func run() throws {
    StandardOutput.mustArrive()
    do {
      guard Files.exists(servable) else {
        throw FileError(servable, ValidationError("no servable there; run the pipeline, or name one with --servable"))
      }
      let servable = try Servable(path: servable, loaded: load)
      try servable.require(exclude)
      if bulk.allUsers {
        return try bulk.run(
          servable, BulkRequest(k: k, excludeSeen: excludeSeen, excluded: exclude, filter: fieldFilter),
          threads: threads ?? availableProcessors())
      }
      var printer = AnswerPrinter(servable, json: json)
      let filter = try filter(of: servable)
      if !history.isEmpty {
        let history = try knownHistory(of: servable)
        let answer = try servable.recommend(
          "somebody who chose \(history.joined(separator: ", "))", history: history, k: k, excluding: exclude,
          filter: filter)
        try printer.take(
          answer,
          explanations: explain
            ? answer.recommendations.map {
              try servable.explain(history: history, candidate: $0.candidate, limit: Self.reasons)
            } : [])
      }
      for block in Blocks(try queries + listed(), size: 1024) {
        let answers = parallelMap(block.count, threads: threads ?? availableProcessors()) { place in
          Result {
            try servable.recommend(block[place], k: k, excludeSeen: excludeSeen, excluding: exclude, filter: filter)
          }
        }
        for answer in try answers.map({ try $0.get() }) {
          try printer.take(
            answer,
            explanations: explain
              ? answer.recommendations.map {
                try servable.explain(answer.query, candidate: $0.candidate, limit: Self.reasons)
              } : [])
        }
      }
      printer.finish()
    } catch {
      StandardError.write(line: "recommend: \(error)")
      throw ExitCode(1)
    }
  }

  private var fieldFilter: FieldFilter {
    FieldFilter(only: only.compactMap { FieldFilter.Condition($0) }, not: not.compactMap { FieldFilter.Condition($0) })
  }

  private func filter(of servable: Servable) throws -> CandidateFilter? {
    guard !only.isEmpty || !not.isEmpty else { return nil }
    let filter = try servable.candidates(allowedBy: fieldFilter)
    if filter.allowed == 0 {
      StandardError.write(line: "recommend: no candidate has what --only and --not ask for")
    }
    return filter
  }

  private func listed() throws -> [String] {
    guard let queriesFile else { return [] }
    guard queriesFile != "-" else {
      var lines: [String] = []
      while let line = readLine() { lines.append(line) }
      return lines.filter { !$0.isEmpty }
    }
    let bytes = try Files.read(queriesFile, limit: 4 << 30)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw FileError(queriesFile, ValidationError("it is not UTF-8"))
    }
    return text.split(whereSeparator: \.isNewline).map(String.init)
  }
}

/// Consecutive parts of a list.
private struct Blocks: Sequence, IteratorProtocol {
  private var rest: ArraySlice<String>
  private let size: Int

  init(_ all: [String], size: Int) {
    rest = all[...]
    self.size = size
  }

  mutating func next() -> [String]? {
    guard !rest.isEmpty else { return nil }
    defer { rest = rest.dropFirst(size) }
    return Array(rest.prefix(size))
  }
}
