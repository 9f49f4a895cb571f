import ArgumentParser
import CanonicalJSON
import Pipeline
import RunHistory

struct History: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print the runs of a pipeline with their metrics, and a metric over days.")

  @OptionGroup var options: OutlineOptions

  @Option(help: ArgumentHelp("Number of runs, counted from the newest.", valueName: "number"))
  var last = 30

  @Option(
    help: ArgumentHelp(
      "A metric to show, such as recall@10; repeat for several. The curve is of the first.", valueName: "name"))
  var metric: [String] = []

  @Flag(help: "Print JSON, with all metrics.")
  var json = false

  func validate() throws {
    if last < 1 { throw ValidationError("--last is \(last); give at least 1") }
  }

  func run() throws {
    try Runner.exiting {
      let outline = try options.load()
      let history = try RunHistory(
        StoredRuns(outline.store, pipeline: outline.name), pipeline: outline.name, last: last, labels: metric)
      print(json ? history.json.prettyText : history.lines.joined(separator: "\n"))
    }
  }
}
