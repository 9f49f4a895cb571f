import ArgumentParser
import Artifacts
import DisplayText
import Monitoring
import Servable
import SystemFiles

extension BulkForm: ExpressibleByArgument {}

/// Options of bulk recommendation: a list for every known query, written to a file.
struct BulkOptions: ParsableArguments {
  @Flag(
    help: """
      Recommend to every known query, in bounded memory. The same command resumes a killed run from the blocks in \
      OUTPUT.unfinished.
      """)
  var allUsers = false

  @Option(help: ArgumentHelp("The output file of --all-users; it must not exist yet.", valueName: "file"))
  var output: String?

  @Option(
    help: ArgumentHelp("The output format of --all-users: artifact (for inspect and programs), csv or json-lines."))
  var format = BulkForm.artifact

  /// - Parameter isAlone: `true` if no other output is requested.
  func validate(isAlone: Bool) throws {
    guard allUsers else {
      if output != nil {
        throw ValidationError("--output is given without --all-users; add --all-users, or leave it out")
      }
      return
    }
    if output == nil { throw ValidationError("--all-users has no output file; give --output FILE") }
    if !isAlone {
      throw ValidationError("--all-users recommends to every query; leave out ids, --history, --json and --explain")
    }
  }

  func run(_ servable: Servable, _ request: BulkRequest, threads: Int) throws {
    guard let output else { return }
    let (bar, start) = (ProgressBar(), ContinuousClock.now)
    var earlier: Int?
    try servable.recommendAll(request, to: output, form: format, threads: threads) { done, all, resumed in
      if earlier == nil, resumed > 0 {
        StandardError.write(line: "recommend: \(resumed) of \(all) queries were finished by an earlier run")
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
