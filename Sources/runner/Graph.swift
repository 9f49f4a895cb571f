import ArgumentParser
import Pipeline

extension GraphText: ExpressibleByArgument {}

struct Graph: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Print the graph of stages and sources.")

  @OptionGroup var options: PipelineOptions

  @Option(help: "Output format: text, mermaid or dot.")
  var format = GraphText.text

  func run() throws {
    try Runner.exiting {
      let pipeline = try options.load(StopSignals()).pipeline
      print(format.lines(of: pipeline).joined(separator: "\n"))
    }
  }
}
