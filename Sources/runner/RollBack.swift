import ArgumentParser
import DisplayText
import Pipeline

struct RollBack: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rollback",
    abstract: "Point \"latest\" of every stage at the versions of an earlier run, at once.",
    discussion:
      """
      Without a run, it is the finished run before those that used the latest versions. Nothing is made or deleted, \
      and the next run points \"latest\" at what it uses.
      """)

  @OptionGroup var options: OutlineOptions

  @Argument(help: ArgumentHelp("The run.", valueName: "run"))
  var name: String?

  func run() throws {
    try Runner.exiting {
      let runs = try options.runs()
      let rollback = try Rollback(to: name.map { try runs.find($0) }, runs)
      try rollback.perform()
      guard !rollback.steps.isEmpty else { return print("latest is what \(rollback.run.identifier) used already") }
      print("latest is what \(rollback.run.identifier) used, of \(rollback.run.started):")
      for line in alignedColumns(rollback.steps.map { [$0.stage, $0.from ?? "none", "→", $0.to] }) {
        print("  \(line)")
      }
    }
  }
}
