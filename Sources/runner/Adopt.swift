import ArgumentParser
import Artifacts
import DisplayText
import Pipeline
import SystemFiles

struct Adopt: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Take versions from another store, so that a run here need not make them.",
    discussion:
      """
      A version is taken if it was made from the same inputs and params by the same program. Every byte of it is \
      verified. Nothing is written into the other store, and "latest" moves when a run has finished.
      """)

  @OptionGroup var options: PipelineOptions

  @Option(name: .customLong("from"), help: ArgumentHelp("The other store.", valueName: "folder"))
  var other: String

  func run() throws {
    try Runner.exiting {
      let signals = try StopSignals()
      let loaded = try options.load(signals)
      let lock = try loaded.store.waitForRunning(signals)
      defer { withExtendedLifetime(lock) {} }
      let run = PipelineRun(loaded, options: .init(), signals: signals) { StandardError.write(line: $0) }
      let steps = try Adoption(run, from: Store(root: other)).perform()
      for line in alignedColumns(steps.map { Self.row($0) }) { print(line) }
      let left = steps.filter { step in
        switch step.outcome {
        case .adopted, .present: false
        case .missing, .open: true
        }
      }
      print(left.isEmpty ? "a run makes nothing" : "a run makes \(left.map(\.stage).joined(separator: ", "))")
    }
  }

  private static func row(_ step: Adoption.Step) -> [String] {
    switch step.outcome {
    case .adopted(let version): ["adopted", step.stage, "version \(version)"]
    case .present(let version): ["present", step.stage, "version \(version)"]
    case .missing(let reasons): ["missing", step.stage, reasons]
    case .open: ["open", step.stage, "what it is made from is missing"]
    }
  }
}
