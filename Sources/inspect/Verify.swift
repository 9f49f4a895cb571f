import ArgumentParser
import Artifacts
import Inspection
import SystemFiles

struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check every byte of artifacts; of the whole store if none is named.")

  @Argument(help: "Files, or STAGE[@VERSION][.OUTPUT].")
  var targets: [String] = []

  @OptionGroup var store: StoreOption

  func run() throws {
    try Inspect.exiting {
      let (paths, problems) =
        try targets.isEmpty
        ? StoredVersions(store.artifacts).claims()
        : (
          targets.flatMap { target in
            try InspectionTarget(target, store: Store(root: store.artifacts)).files.map { ($0.path, Digest?.none) }
          }, []
        )
      for problem in problems { StandardError.write(line: "inspect: \(problem)") }
      var broken = problems.count
      for (path, digest) in paths {
        do {
          let file = try ArtifactFile(path: path)
          if let digest, file.digest != digest {
            throw FileError(path, InspectionError.otherDigest(found: file.digest, expected: digest))
          }
          try file.verify()
        } catch {
          broken += 1
          StandardError.write(line: "inspect: \(error)")
        }
      }
      guard broken == 0 else {
        StandardError.write(line: "inspect: \(broken) of \(paths.count + problems.count) artifacts are damaged")
        throw ExitCode(1)
      }
      guard !paths.isEmpty else { throw InspectionError.noArtifacts(folder: store.artifacts) }
      print("\(paths.count) \(paths.count == 1 ? "artifact is" : "artifacts are") sound")
    }
  }
}
