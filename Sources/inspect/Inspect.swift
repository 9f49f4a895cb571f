import ArgumentParser
import Artifacts
import Inspection
import SystemFiles

@main
struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Look into artifacts.",
    discussion: """
      A target is a file, or STAGE, STAGE.OUTPUT, STAGE@VERSION, STAGE@VERSION.OUTPUT in the store; the latest \
      version if none is named, and the beginning of a version is enough.
      """,
    subcommands: [Show.self, Verify.self, Diff.self], defaultSubcommand: Show.self)

  /// Runs a command and turns its errors into one line and an exit status.
  static func exiting(_ code: Int32 = 1, _ body: () throws -> Void) throws {
    StandardOutput.mustArrive()
    do { try body() } catch let error as ExitCode { throw error } catch {
      StandardError.write(line: "inspect: \(error)")
      throw ExitCode(code)
    }
  }
}

struct StoreOption: ParsableArguments {
  @Option(help: ArgumentHelp("The folder of the artifacts.", valueName: "folder"))
  var artifacts = "artifacts"

  func files(_ target: String) throws -> [(output: String, file: ArtifactFile)] {
    try InspectionTarget(target, store: Store(root: artifacts)).files.map {
      (output: $0.output, file: try ArtifactFile(path: $0.path))
    }
  }

  /// The one artifact that a target names.
  func file(_ target: String) throws -> ArtifactFile {
    let files = try files(target)
    guard files.count == 1 else {
      let names = files.map { "\(target).\($0.output)" }.joined(separator: ", ")
      throw ValidationError("\(target) has several outputs; name one: \(names)")
    }
    return files[0].file
  }
}
