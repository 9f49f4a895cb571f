import ArgumentParser
import Artifacts
import Interactions
import StageKit
import Tables

enum SplitRule: String, ChoiceParam { case random, time, last, user, field }
enum LeakRule: String, ChoiceParam { case warn, fail }

@main
struct SplitStage: Stage {
  static let name = "split"
  static let version = 1
  static let summary = "Divide interactions into rows to learn from and rows to be judged by."
  static let inputs = [Port("interactions", Interactions.type)]
  static let outputs = [
    Port("train", Interactions.type), Port("test", Interactions.type),
    Port("validation", Interactions.type, optional: true), Port("history", Interactions.type, optional: true),
  ]

  static let usualHistoryShare = 0.8

  @OptionGroup(title: "Artifacts")
  var files: StageFiles

  @Option(
    help: ArgumentHelp(
      "Which rows are held out: random ones, the newest, the last of each query, those of some queries, as a column says.",
      valueName: "rule"))
  var by = SplitRule.random

  @Option(help: ArgumentHelp("Random seed.", valueName: "number"))
  var seed: UInt64 = 42

  @Option(help: ArgumentHelp("Rows to learn from; all that are not held out if not given.", valueName: "rows"))
  var train: Int?

  @Option(help: ArgumentHelp("Rows to hold out (by user: queries); a fifth if not given.", valueName: "rows"))
  var test: Int?

  @Option(
    help: ArgumentHelp(
      "Rows for the output \"validation\" (by last: of each query; by user: queries).", valueName: "rows"))
  var validation = 0

  @Option(help: ArgumentHelp("By last: rows of each query to hold out; 1 if not given.", valueName: "rows"))
  var last: Int?

  @Option(
    help: ArgumentHelp(
      "By user: share of a held-out query's rows that is its history; 0.8 if not given.", valueName: "share"))
  var historyShare: Double?

  @Option(help: ArgumentHelp("By field: column that says \"train\", \"test\" or \"validation\".", valueName: "column"))
  var field: String?

  @Option(
    help: ArgumentHelp("What to do where parts share pairs or rows repeat: say so, or refuse.", valueName: "rule"))
  var leaks = LeakRule.warn

  func validate() throws {
    let given: [(name: String, isGiven: Bool, rules: [SplitRule])] = [
      ("train", train != nil, [.random]), ("test", test != nil, [.random, .time, .user]),
      ("validation", validation != 0, [.random, .time, .last, .user]), ("last", last != nil, [.last]),
      ("history-share", historyShare != nil, [.user]), ("field", field != nil, [.field]),
    ]
    for (name, isGiven, rules) in given where isGiven && !rules.contains(by) {
      throw ValidationError("--\(name) goes with \(rules.map { "--by=\($0.rawValue)" }.joined(separator: " or "))")
    }
    for (name, rows) in [("train", train), ("test", test), ("last", last)] {
      if let rows, rows < 1 { throw ValidationError("--\(name) is \(rows); give at least 1") }
    }
    if validation < 0 { throw ValidationError("--validation is \(validation); give 0 or more") }
    if let historyShare, !(0..<1 ~= historyShare) {
      throw ValidationError("--history-share is \(historyShare); give 0 or more, and less than 1")
    }
    if by == .field, field == nil {
      throw ValidationError("--by=field: give --field=COLUMN, which says \"train\" or \"test\"")
    }
  }

  func run(in context: StageContext) throws {
    try checkOutputs(context)
    let interactions = try Interactions(context.input("interactions"))
    let split = try self.split(of: interactions, context)
    let parts = Split.Part.allCases.filter { path(of: $0, context) != nil }
    for part in [Split.Part.test] + parts where split[part].isEmpty {
      throw DataError.emptyPart(part.rawValue, reason: reason(ofEmpty: part, interactions))
    }
    let check = try LeakCheck(interactions, split)
    if leaks == .fail, let leak = check.lines.first { throw DataError.leak(leak) }

    let lineage = try context.lineage()
    for part in parts {
      guard let path = path(of: part, context) else { continue }
      try interactions.selecting(split[part]).publish(
        to: path, lineage: lineage, facts: check.facts(of: part, among: parts, saysTimes: by != .time))
    }
    try context.note(told(split, of: interactions))
    for line in check.lines { context.note(line) }
    if !split.history.isEmpty, context.optionalOutput("history") == nil {
      context.note(
        "\(split.history.count) rows of history are in no output; ask for the output \"history\" to keep them")
    }
  }
}

extension SplitStage {
  private func path(of part: Split.Part, _ context: StageContext) -> String? {
    switch part {
    case .train, .test: context.output(part.rawValue)
    case .validation, .history: context.optionalOutput(part.rawValue)
    }
  }

  /// Params and outputs must ask for the same parts.
  private func checkOutputs(_ context: StageContext) throws {
    let hasValidation = context.optionalOutput("validation") != nil
    if validation > 0, !hasValidation {
      throw ValidationError(
        "--validation is \(validation), and nothing takes those rows; give --output validation=FILE, "
          + "or let a stage of the pipeline read them")
    }
    if hasValidation, validation == 0, by != .field {
      throw ValidationError("the output \"validation\" is asked for; say with --validation=ROWS how many rows it gets")
    }
    if by != .user, context.optionalOutput("history") != nil {
      throw ValidationError("the output \"history\" goes with --by=user")
    }
  }

  private func split(of interactions: Interactions, _ context: StageContext) throws -> Split {
    let rows = interactions.count
    switch by {
    case .random:
      let held = test ?? train.map { rows - $0 - validation } ?? rows / 5
      // Checked by the split itself, which has the words for it.
      let learnt = train ?? max(0, rows - max(0, held) - validation)
      return try Split.random(rows: rows, train: learnt, test: max(0, held), validation: validation, seed: seed)
    case .time: return try Split.byTime(interactions, test: test ?? rows / 5, validation: validation)
    case .last: return try Split.last(last ?? 1, of: interactions, validation: validation)
    case .user:
      let queries = try interactions.text(interactions.roles.query).dictionary.count
      return try Split.byQuery(
        interactions, test: test ?? queries / 5, validation: validation,
        historyShare: historyShare ?? Self.usualHistoryShare, seed: seed)
    case .field:
      return try Split.byField(
        field ?? "", of: interactions, validation: context.optionalOutput("validation") != nil)
    }
  }

  private func reason(ofEmpty part: Split.Part, _ interactions: Interactions) -> String {
    let query = interactions.roles.query
    return switch (by, part) {
    case (_, .train): "the other parts have them all; hold out fewer"
    case (.last, .test): "no \(query) has more than \(last ?? 1) of them; hold out fewer"
    case (.last, _): "no \(query) has one to spare; hold out fewer"
    case (_, .history): "nobody held out has one to spare at history-share \(historyShare ?? Self.usualHistoryShare)"
    case (.user, _): "there are too few \(query) for the default 20 % test part; give --test"
    case (.random, _) where train != nil: "train has them all; give a smaller --train"
    default: "there are too few rows for the default 20 % test part; give --test"
    }
  }

  /// One line of sizes and of how the rows were chosen.
  private func told(_ split: Split, of interactions: Interactions) throws -> String {
    let parts = [Split.Part.train, .test, .validation, .history].filter { !split[$0].isEmpty }
    let left = interactions.count - parts.reduce(0) { $0 + split[$1].count }
    let sizes =
      parts.map { "\(split[$0].count) \($0.rawValue)" }
      + (left > 0 ? ["\(left) in \(parts.count > 2 ? "none" : "neither")"] : [])
    let query = interactions.roles.query
    let rule =
      switch by {
      case .random: "seed \(seed)"
      case .time: try beginning(of: split.test, after: split.train + split.validation, interactions)
      case .last: "the last \(last ?? 1) of each \(query)"
      case .user: "by \(query), seed \(seed)"
      case .field: "by \"\(field ?? "")\""
      }
    return (sizes + [rule]).joined(separator: ", ")
  }

  /// The moment from which on rows are in test, and whether it divides the data.
  private func beginning(of test: [Int], after earlier: [Int], _ interactions: Interactions) throws -> String {
    let times = try interactions.times()
    guard let moment = test.lazy.map({ times[$0] }).min() else { return "" }
    let same = earlier.count { times[$0] == moment }
    return "test from \(CivilTime.text(moment)) on"
      + (same > 0 ? ", but for \(same) rows of that second, which stand further up" : "")
  }
}
