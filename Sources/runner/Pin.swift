import ArgumentParser
import Pipeline

struct Pin: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Keep all versions of a run in the store, whatever gc deletes.",
    discussion:
      """
      A run is named by its identifier or the beginning of it, by latest, or by latest~1 for the one before. Which \
      version of a model a server answers with is another matter: its label "default" decides that.
      """
  )

  @OptionGroup var options: OutlineOptions

  @Argument(help: ArgumentHelp("The run.", valueName: "run"))
  var name = "latest"

  @Option(help: ArgumentHelp("Why it is kept, for people.", valueName: "text"))
  var note: String?

  func run() throws {
    try Runner.exiting {
      let runs = try options.runs()
      let run = try runs.find(name)
      print("\(run.identifier) is pinned" + (try runs.pin(run, note: note) ? "" : " already"))
    }
  }
}

struct Unpin: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Let gc delete the versions of a pinned run again.")

  @OptionGroup var options: OutlineOptions

  @Argument(help: ArgumentHelp("The run.", valueName: "run"))
  var name: String

  func run() throws {
    try Runner.exiting {
      let runs = try options.runs()
      let run = try runs.find(name)
      print("\(run.identifier) is " + (runs.unpin(run) ? "no longer pinned" : "not pinned"))
    }
  }
}
