import ArgumentParser
import CanonicalJSON
import Pipeline
import RunHistory

struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Tell what differs between two runs: params, programs, data, outputs, metrics.",
    discussion: "A run is named by its identifier or the beginning of it, by latest, or by latest~1 for the one before."
  )

  @OptionGroup var options: OutlineOptions

  @Argument(help: ArgumentHelp("The first run.", valueName: "run"))
  var first: String

  @Argument(help: ArgumentHelp("The second run.", valueName: "run"))
  var second: String

  @Flag(help: "Print all metrics of the judged models that differ, not only those that tell most.")
  var all = false

  @Flag(help: "Print JSON, with the metrics of all models.")
  var json = false

  func run() throws {
    try Runner.exiting {
      let runs = try options.runs()
      let comparison = try RunComparison(runs.find(first), runs.find(second), in: runs.store)
      print(json ? comparison.json.prettyText : comparison.lines(all: all).joined(separator: "\n"))
    }
  }
}
