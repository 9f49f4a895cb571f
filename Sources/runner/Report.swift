import ArgumentParser
import Artifacts
import Pipeline
import RunHistory
import SystemFiles

struct Report: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a report of a run: one HTML file, for browsers and mail.",
    discussion: "A run is named by its identifier or the beginning of it, by latest, or by latest~1 for the one before."
  )

  @OptionGroup var options: OutlineOptions

  @Argument(help: ArgumentHelp("The run; by default the newest, however it ended.", valueName: "run"))
  var name: String?

  @Option(help: ArgumentHelp("The file; by default report.html in the folder of the run.", valueName: "file"))
  var output: String?

  func run() throws {
    try Runner.exiting {
      let outline = try options.load()
      let runs = StoredRuns(outline.store, pipeline: outline.name)
      guard let run = try name.map({ try runs.find($0) }) ?? runs.last(1).first else {
        throw RunError.noRuns(pipeline: outline.name, store: outline.store.root)
      }
      let path = output ?? "\(run.folder)/report.html"
      let page = try RunPage(run, runs).html
      try Files.publish(Array(page.utf8), to: path, replacing: true, mode: 0o644, isDurable: false)
      print(path)
    }
  }
}
