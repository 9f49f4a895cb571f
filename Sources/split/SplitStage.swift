import ArgumentParser
import Artifacts
import DataChecks
import Interactions
import StageKit

enum SplitRuleName: String, ChoiceParam { case random, time, last, user, candidate, field }
enum LeakRule: String, ChoiceParam { case warn, fail }
enum FailedVerdictRule: String, ChoiceParam { case refuse, warn }

@main
struct SplitStage: Stage {
  static let name = "split"
  static let version = 1
  static let summary = "Divide interactions into rows to learn from and rows to be judged by."
  static let inputs = [
    Port("interactions", Interactions.type), Port("verdict", DataVerdict.type, optional: true),
  ]
  static let outputs = [
    Port("train", Interactions.type), Port("test", Interactions.type),
    Port("validation", Interactions.type, optional: true), Port("history", Interactions.type, optional: true),
  ]

  static let usualHistoryShare = 0.8

  @OptionGroup(title: "Artifacts")
  var files: StageFiles

  @Option(
    help: ArgumentHelp(
      "Rule of the held-out rows: random, the newest, the last of each query, those of some queries, those of some candidates, or by a column.",
      valueName: "rule"))
  var by = SplitRuleName.random

  @Option(help: ArgumentHelp("Random seed.", valueName: "number"))
  var seed: UInt64 = 42

  @Option(help: ArgumentHelp("Rows to learn from; all that are not held out if not given.", valueName: "rows"))
  var train: Int?

  @Option(
    help: ArgumentHelp(
      "Rows to hold out (by user: queries; by candidate: candidates); a fifth if not given.", valueName: "rows"))
  var test: Int?

  @Option(
    help: ArgumentHelp(
      "Rows for the output \"validation\" (by last: of each query; by user: queries; by candidate: "
        + "candidates).", valueName: "rows"))
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
    help: ArgumentHelp("Action if parts share pairs or rows repeat: a warning, or a refusal.", valueName: "rule"))
  var leaks = LeakRule.warn

  @Option(help: ArgumentHelp("Action if the verdict is that the data failed their check.", valueName: "rule"))
  var onFailedVerdict = FailedVerdictRule.refuse

  func validate() throws {
    let given: [(name: String, isGiven: Bool, rules: [SplitRuleName])] = [
      ("train", train != nil, [.random]), ("test", test != nil, [.random, .time, .user, .candidate]),
      ("validation", validation != 0, [.random, .time, .last, .user, .candidate]), ("last", last != nil, [.last]),
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
    let input = try context.input("interactions")
    if let verdict = try context.optionalInput("verdict") {
      try PublishedDataVerdict(verdict).check(input, allowsFailed: onFailedVerdict == .warn, note: context.note)
    }
    let interactions = try Interactions(input)
    let parts = Split.Part.allCases.filter { path(of: $0, context) != nil }
    let rule = rule(hasValidation: parts.contains(.validation))
    let split = try rule.split(interactions, parts: [.test] + parts)
    let check = try LeakCheck(interactions, split)
    if leaks == .fail, let leak = check.lines.first { throw DataError.leak(leak) }

    let lineage = try context.lineage()
    for part in parts {
      guard let path = path(of: part, context) else { continue }
      try interactions.selecting(split[part]).publish(
        to: path, lineage: lineage, facts: check.facts(of: part, among: parts, saysTimes: by != .time))
    }
    try context.note(rule.summary(of: split, interactions))
    for line in check.lines { context.note(line) }
    if !split.history.isEmpty, context.optionalOutput("history") == nil {
      context.note(
        "\(split.history.count) rows of history are in no output; ask for the output \"history\" to keep them")
    }
  }

  private func rule(hasValidation: Bool) -> SplitRule {
    switch by {
    case .random: .random(train: train, test: test, validation: validation, seed: seed)
    case .time: .time(test: test, validation: validation)
    case .last: .last(last ?? 1, validation: validation)
    case .user:
      .query(
        test: test, validation: validation, historyShare: historyShare ?? Self.usualHistoryShare, seed: seed)
    case .candidate: .candidate(test: test, validation: validation, seed: seed)
    case .field: .field(field ?? "", validation: hasValidation)
    }
  }

  private func path(of part: Split.Part, _ context: StageContext) -> String? {
    switch part {
    case .train, .test: context.output(part.rawValue)
    case .validation, .history: context.optionalOutput(part.rawValue)
    }
  }

  /// Params and outputs must ask for the same parts.
  func check(_ given: GivenPorts) throws {
    let hasValidation = given.outputs.contains("validation")
    if validation > 0, !hasValidation {
      throw ValidationError(
        "--validation is \(validation), and nothing takes those rows; give --output validation=FILE, "
          + "or let a stage of the pipeline read them")
    }
    if hasValidation, validation == 0, by != .field {
      throw ValidationError("the output \"validation\" is asked for; say with --validation=ROWS how many rows it gets")
    }
    if by != .user, given.outputs.contains("history") {
      throw ValidationError("the output \"history\" goes with --by=user")
    }
  }
}
