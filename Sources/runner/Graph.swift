import ArgumentParser
import Pipeline
import RunHistory

struct Graph: ParsableCommand {
  enum Format: String, CaseIterable, ExpressibleByArgument { case text, mermaid, dot, svg }

  static let configuration = CommandConfiguration(abstract: "Print the graph of stages and sources.")

  @OptionGroup var options: PipelineOptions

  @Option(help: "Output format: text, mermaid, dot or svg.")
  var format = Format.text

  func run() throws {
    try Runner.exiting {
      let pipeline = try options.load(StopSignals()).pipeline
      if let text = GraphText(rawValue: format.rawValue) {
        print(text.lines(of: pipeline).joined(separator: "\n"))
      } else {
        print(PipelineDrawing(pipeline).svg)
      }
    }
  }
}
