import ArgumentParser
import Pipeline

struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Run a pipeline (the default).")

  @OptionGroup var options: RunOptions

  @Option(help: ArgumentHelp("Run only this stage; repeat for several.", valueName: "stage"))
  var only: [String] = []

  @Option(help: ArgumentHelp("Run this stage and its downstream stages; repeat for several.", valueName: "stage"))
  var from: [String] = []

  func validate() throws {
    if !only.isEmpty, !from.isEmpty { throw ValidationError("give --only or --from, not both") }
  }

  func run() throws { try options.run { try selected(in: $0) } }

  private func selected(in pipeline: CheckedPipeline) throws -> Set<String>? {
    for name in only + from where pipeline.stage(name) == nil {
      let names = pipeline.stages.map(\.name).joined(separator: ", ")
      throw ValidationError("no stage \"\(name)\"; there are \(names)")
    }
    if !only.isEmpty { return Set(only) }
    return from.isEmpty ? nil : from.reduce(into: []) { $0.formUnion(pipeline.descendants(of: $1)) }
  }
}
