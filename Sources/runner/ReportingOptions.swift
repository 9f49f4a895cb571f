import ArgumentParser
import Pipeline
import RunDisplay

/// Options of how a run is reported, and to whom.
struct ReportingOptions: ParsableArguments {
  @Flag(help: "Say only what is wrong, and print the verdict.")
  var quiet = false

  @Flag(help: "Print what happens as JSON, one object a line, in place of the report.")
  var json = false

  @Option(
    help: ArgumentHelp(
      "Run this program at the end, with the last event on its standard input, in place of the pipeline's \"notify\".",
      valueName: "program"))
  var notify: String?

  func reporter(of pipeline: CheckedPipeline, _ signals: StopSignals) -> RunReporter {
    let given = notify.map { NotifyDefinition(success: [$0], failure: [$0]) }
    // A path on the command line is seen from the working folder, one in the file from the folder of the file.
    let notification = Notification(
      given ?? pipeline.notify, folder: given == nil ? pipeline.folder : ".", signals: signals)
    return RunReporter(
      console: RunConsole(stages: pipeline.stages.map(\.name), isQuiet: quiet), events: json ? EventStream() : nil,
      notification: notification, pipeline: pipeline.name, isQuiet: quiet)
  }
}
