import ArgumentParser
import Artifacts
import Interactions
import StageKit
import Tables

enum SplitRule: String, ChoiceParam { case random, field }

@main
struct SplitStage: Stage {
  static let name = "split"
  static let version = 1
  static let summary = "Divide interactions into rows to learn from and rows to be judged by."
  static let inputs = [Port("interactions", Interactions.type)]
  static let outputs = [Port("train", Interactions.type), Port("test", Interactions.type)]

  @OptionGroup(title: "Artifacts")
  var files: StageFiles

  @Option(help: ArgumentHelp("How rows are chosen: drawn at random, or as a column says.", valueName: "rule"))
  var by = SplitRule.random

  @Option(help: ArgumentHelp("What the draw starts from.", valueName: "number"))
  var seed: UInt64 = 42

  @Option(help: ArgumentHelp("Rows to learn from; all that are not held out if not given.", valueName: "rows"))
  var train: Int?

  @Option(help: ArgumentHelp("Rows to hold out; a fifth if not given.", valueName: "rows"))
  var test: Int?

  @Option(help: ArgumentHelp("Column that says \"train\" or \"test\", for the rule \"field\".", valueName: "column"))
  var field: String?

  func validate() throws {
    for (name, rows) in [("train", train), ("test", test)] {
      if let rows, rows < 1 { throw ValidationError("--\(name) is \(rows); give at least one row") }
    }
    guard by == .field else {
      if field != nil { throw ValidationError("--field goes with --by=field") }
      return
    }
    if field == nil { throw ValidationError("--by=field: give --field=COLUMN, which says \"train\" or \"test\"") }
    if train != nil || test != nil { throw ValidationError("--train and --test go with --by=random") }
  }

  func run(in context: StageContext) throws {
    let interactions = try Interactions(context.input("interactions"))
    let split = try self.split(of: interactions)
    guard !split.train.isEmpty, !split.test.isEmpty else {
      throw DataError.noRows(split.train.isEmpty ? "train" : "test")
    }
    let lineage = try context.lineage()
    try interactions.selecting(split.train).publish(to: context.output("train"), lineage: lineage)
    try interactions.selecting(split.test).publish(to: context.output("test"), lineage: lineage)
    let left = interactions.count - split.train.count - split.test.count
    context.note(
      "\(split.train.count) train, \(split.test.count) test"
        + (left > 0 ? ", \(left) in neither" : "") + (by == .random ? ", seed \(seed)" : ", by \"\(field ?? "")\""))
  }

  private func split(of interactions: Interactions) throws -> Split {
    if let field { return try Split.byField(field, of: interactions) }
    let held = test ?? train.map { interactions.count - $0 } ?? interactions.count / 5
    return try Split.random(rows: interactions.count, train: train ?? interactions.count - held, test: held, seed: seed)
  }
}
