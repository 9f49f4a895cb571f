import ArgumentParser
import DisplayText
import Pipeline

struct CollectGarbage: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gc",
    abstract: "List the versions in the store that nothing needs, or delete them.",
    discussion:
      """
      A version is needed if it is the latest of its stage, if a pinned run, a run that works or a recent run of any \
      pipeline in the store used it, if it was published within the hour, or if one of these was made from it. \
      Records and logs of runs stay.
      """)

  @OptionGroup var options: OutlineOptions

  @Option(help: ArgumentHelp("Keep the versions of the last runs of each pipeline that finished.", valueName: "number"))
  var keepRuns = 10

  @Option(help: ArgumentHelp("Keep the versions of all runs of the last days.", valueName: "days"))
  var keepDays = 30

  @Flag(help: "Delete them; without this nothing is touched.")
  var delete = false

  func validate() throws {
    if keepRuns < 1 { throw ValidationError("--keep-runs is \(keepRuns); give at least 1") }
    if !(0...36_500 ~= keepDays) { throw ValidationError("--keep-days is \(keepDays); give 0 to 36500") }
  }

  func run() throws {
    try Runner.exiting {
      let store = try options.load().store
      let policy = UnusedVersions.Policy(runs: keepRuns, days: keepDays)
      let unused =
        try delete ? UnusedVersions.remove(from: store, policy: policy) : UnusedVersions(store, policy: policy)
      let rows = unused.versions.map { [$0.stage, $0.name, ByteSize.text($0.bytes), "\($0.age)"] }
      if !rows.isEmpty {
        print(alignedColumns([["stage", "version", "size", "days"]] + rows).joined(separator: "\n") + "\n")
      }
      for (reason, count) in unused.needed { print("kept for \(reason): \(count)") }
      let count = unused.versions.count
      let what = "\(count) version\(count == 1 ? "" : "s"), \(ByteSize.text(unused.bytes))"
      print(delete ? "deleted: \(what)" : "needed by nothing: \(what)" + (count == 0 ? "" : "; --delete deletes them"))
    }
  }
}
