import ArgumentParser
import CanonicalJSON
import Pipeline

struct Status: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print how things stand: what runs, how the last run ended, what a run would do now.")

  @OptionGroup var options: PipelineOptions

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    try Runner.exiting {
      let status = try PipelineStatus(of: options.plannedRun())
      print(json ? status.json.prettyText : status.lines.joined(separator: "\n"))
    }
  }
}
