import ArgumentParser
import Artifacts
import Inspection

struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check every byte of artifacts; of the whole store if none is named.")

  @Argument(help: "Files, or STAGE[@VERSION][.OUTPUT].")
  var targets: [String] = []

  @OptionGroup var store: StoreOption

  func run() throws {
    try Inspect.exiting {
      let paths =
        try targets.isEmpty
        ? everything()
        : targets.flatMap { target in
          try InspectionTarget(target, store: Store(root: store.artifacts)).files.map(\.path)
        }
      var broken = 0
      for path in paths {
        do { try ArtifactFile(path: path).verify() } catch {
          broken += 1
          StandardError.write(line: "inspect: \(error)")
        }
      }
      guard broken == 0 else {
        StandardError.write(line: "inspect: \(broken) of \(paths.count) artifacts are damaged")
        throw ExitCode(1)
      }
      print("\(paths.count) \(paths.count == 1 ? "artifact is" : "artifacts are") sound")
    }
  }

  private func everything() throws -> [String] {
    let store = Store(root: store.artifacts)
    return InspectionTarget.stages(of: store).flatMap { stage in
      store.versions(of: stage).flatMap { store.outputs(stage: stage, version: $0).values.sorted() }
    }
  }
}
