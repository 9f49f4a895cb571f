import ArgumentParser
import Artifacts
import CanonicalJSON
import Inspection

struct Diff: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Tell what differs between two artifacts.",
    discussion: "Exit code 0: the same contents; 1: other contents; 2: trouble.")

  @Argument(help: "The first.")
  var first: String

  @Argument(help: "The second.")
  var second: String

  @OptionGroup var store: StoreOption

  @Flag(help: "Print JSON, for programs.")
  var json = false

  func run() throws {
    try Inspect.exiting(2) {
      let difference = try ArtifactDifference(store.file(first), store.file(second))
      if json {
        let fields: JSON = ["same": .bool(difference.isSameContent), "differences": JSON(difference.lines)]
        print(fields.prettyText)
      } else {
        print(difference.isSameContent ? "the same contents" : "other contents")
        for line in difference.lines { print("  \(line)") }
      }
      if !difference.isSameContent { throw ExitCode(1) }
    }
  }
}
