import ArgumentParser
import Artifacts
import DisplayText
import Monitoring
import Servable
import SystemFiles

extension BulkForm: ExpressibleByArgument {}

/// Recommendations for every query that the model knows, into a file.
struct BulkOptions: ParsableArguments {
  @Flag(
    help: """
      Write every known query's list, in bounded memory. A killed run is resumed by the same command: finished blocks \
      wait in OUTPUT.unfinished.
      """)
  var allUsers = false

  @Option(help: ArgumentHelp("Where --all-users writes to; nothing may be there.", valueName: "file"))
  var output: String?

  @Option(help: ArgumentHelp("What --all-users writes: artifact (for inspect and programs), csv or json-lines."))
  var format = BulkForm.artifact

  /// - Parameter isAlone: `true` if nothing else is asked for.
  func validate(isAlone: Bool) throws {
    guard allUsers else {
      if output != nil { throw ValidationError("--output is for --all-users") }
      return
    }
    if output == nil { throw ValidationError("--all-users wants a place to write to: --output FILE") }
    if !isAlone {
      throw ValidationError("--all-users writes a file of every query; leave out ids, --history, --json and --explain")
    }
  }

  func run(_ servable: Servable, _ request: BulkRequest, threads: Int) throws {
    guard let output else { return }
    let (bar, start) = (ProgressBar(), ContinuousClock.now)
    var earlier: Int?
    try servable.recommendAll(request, to: output, form: format, threads: threads) { done, all, resumed in
      if earlier == nil, resumed > 0 {
        StandardError.write(line: "recommend: \(resumed) of \(all) queries were finished by a run before")
      }
      earlier = resumed
      bar.update(Double(done) / Double(max(all, 1))) { seconds in
        "of \(all) queries, \(Int(Double(done - resumed) / max(seconds, 0.001))) a second"
      }
    }
    bar.clear()
    let taken = ContinuousClock.now - start
    let seconds = taken / .seconds(1)
    StandardError.write(line: "recommend: \(servable.queryCount) lists in \(output), \(decimals(seconds, 1)) s")
  }
}
